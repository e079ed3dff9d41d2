"""The sections of Globals and the keys of each, as the SAM translator 1.115.0 (2026-11) takes them: data.

Globals.Function has everything of a function but what must differ or cannot be shared: Role, Policies,
FunctionName, Events, InlineCode, ImageUri, PackageType, ImageConfig, AutoPublishCodeSha256 and
VersionDescription.
"""

from __future__ import annotations

from collections.abc import Mapping


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


SUPPORTED: Mapping[str, frozenset[str]] = {
    "Function": _keys(
        """
        Handler Runtime CodeUri DeadLetterQueue Description MemorySize Timeout VpcConfig Environment Tags
        PropagateTags Tracing KmsKeyArn AutoPublishAlias AutoPublishAliasAllProperties Layers
        DeploymentPreference RolePath PermissionsBoundary ReservedConcurrentExecutions
        ProvisionedConcurrencyConfig AssumeRolePolicyDocument EventInvokeConfig FileSystemConfigs
        CodeSigningConfigArn Architectures SnapStart EphemeralStorage FunctionUrlConfig
        RuntimeManagementConfig LoggingConfig RecursiveLoop SourceKMSKeyArn TenancyConfig DurableConfig
        CapacityProviderConfig FunctionScalingConfig PublishToLatestPublished VersionDeletionPolicy
        """
    ),
    "Api": _keys(
        """
        Auth Name DefinitionUri CacheClusterEnabled CacheClusterSize MergeDefinitions Variables
        EndpointConfiguration MethodSettings BinaryMediaTypes MinimumCompressionSize Cors GatewayResponses
        AccessLogSetting CanarySetting TracingEnabled OpenApiVersion Domain AlwaysDeploy PropagateTags
        SecurityPolicy EndpointAccessMode
        """
    ),
    "HttpApi": _keys(
        """
        Auth AccessLogSettings StageVariables Tags CorsConfiguration DefaultRouteSettings Domain
        RouteSettings FailOnWarnings PropagateTags
        """
    ),
    "SimpleTable": _keys("SSESpecification"),
    "StateMachine": _keys("PropagateTags"),
    "LayerVersion": _keys("PublishLambdaVersion"),
    "CapacityProvider": _keys(
        """
        VpcConfig OperatorRole Tags InstanceRequirements ScalingConfig KmsKeyArn PropagateTags
        LoggingConfig ManagedResourceTags
        """
    ),
    "MicrovmImage": _keys(
        """
        BuildRoleArn BaseImageArn BaseImageVersion Logging EgressNetworkConnectors CpuConfigurations
        Resources AdditionalOsCapabilities Hooks EnvironmentVariables Tags PropagateTags
        """
    ),
    "NetworkConnector": _keys("OperatorRole Tags PropagateTags"),
    "WebSocketApi": _keys(
        """
        AccessLogSettings ApiKeySelectionExpression DefaultRouteSettings DisableExecuteApiEndpoint
        DisableSchemaValidation Domain FailOnWarnings IpAddressType PropagateTags RouteSelectionExpression
        RouteSettings StageVariables Tags
        """
    ),
}
