"""Act: carry out a plan, one action after the other, each guarded by what the plan was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from onezip.deployer.calls import Calls
from onezip.deployer.cloud import CloudError, Kind, kind
from onezip.deployer.layers import publish_layer
from onezip.deployer.look import aliases_of, versions_of
from onezip.deployer.roles import role_arn
from onezip.deployer.upload import Listen, check_bytes, upload
from onezip.deployer.values import (
    Code,
    CreateFunction,
    Plan,
    PointAlias,
    Prune,
    Publish,
    PublishLayer,
    SetConcurrency,
    SetTags,
    SetUrl,
    UpdateCode,
    UpdateConfiguration,
)
from onezip.deployer.versions import prunable
from onezip.deployer.waiting import active, busy, updated
from onezip.errors import DeployFailed


@dataclass(slots=True)
class Done:
    """What came of a plan so far. did are the actions' words; version is the one that was published, layer
    the ARN of a new version of the function's own layer.
    """

    did: list[str] = field(default_factory=list)
    version: str = ""
    url: str = ""
    layer: str = ""


class StaleError(Exception):
    """What the plan was made from is no longer so: plan again. done is what came of it until then."""

    def __init__(self, message: str, done: Done) -> None:
        super().__init__(message)
        self.done = done


def apply(plan: Plan, calls: Calls, *, listen: Listen | None = None) -> Done:
    """Carry out a plan. Raises StaleError, CloudError, DeployFailed.

    Whatever breaks it off, the same plan made anew from what is then deployed does the rest.
    """
    return _Act(plan, calls, listen).run()


class _Act:
    """One plan on its way: revision is the RevisionId of what our own last act left."""

    def __init__(self, plan: Plan, calls: Calls, listen: Listen | None) -> None:
        self.plan = plan
        self.calls = calls
        self.listen = listen
        self.revision = plan.revision
        self.arn = plan.arn
        self.done = Done()
        self.made: dict[str, str] = {}

    def run(self) -> Done:
        acts: Mapping[type, Callable[[Any], None]] = {
            PublishLayer: self.publish_layer,
            CreateFunction: self.create,
            UpdateCode: self.update_code,
            UpdateConfiguration: self.update_configuration,
            SetTags: self.tag,
            SetConcurrency: self.reserve,
            SetUrl: self.open,
            Publish: self.publish,
            PointAlias: self.point,
            Prune: self.prune,
        }
        try:
            for action in self.plan.actions:
                acts[type(action)](action)
        except CloudError as error:
            if kind(error) is Kind.STALE or (kind(error) is Kind.EXISTS and error.service == "lambda"):
                raise StaleError(str(error), self.done) from error
            raise
        return self.done

    def publish_layer(self, action: PublishLayer) -> None:
        content = self.code(action.code)
        self.done.layer = self.made[action.reference] = publish_layer(self.calls, action, content)
        self.done.did.append(f"layer version {self.done.layer.rpartition(':')[2]}")

    def create(self, action: CreateFunction) -> None:
        role = role_arn(self.calls, action.role, make=action.make_role, vpc="VpcConfig" in action.settings)
        tags = {"Tags": dict(action.tags)} if action.tags else {}
        self.act(
            "CreateFunction",
            Role=role,
            Code=self.code(action.code),
            PackageType="Zip",
            Architectures=[action.architecture],
            **self.named(action.settings),
            **tags,
        )
        self.settle()
        self.done.did.append("created")

    def update_code(self, action: UpdateCode) -> None:
        architecture = {"Architectures": [action.architecture[1]]} if action.architecture else {}
        self.act("UpdateFunctionCode", **self.guard(), **self.code(action.code), **architecture)
        self.settle()
        self.done.did.append("code")

    def update_configuration(self, action: UpdateConfiguration) -> None:
        values = self.named({each.name: each.value for each in action.differences})
        if "Role" in values:
            values["Role"] = role_arn(self.calls, values["Role"])
        self.act("UpdateFunctionConfiguration", **self.guard(), **values)
        self.settle()
        self.done.did.append("configuration")

    def tag(self, action: SetTags) -> None:
        self.calls("lambda", "TagResource", Resource=self.arn, Tags=dict(action.tags))
        self.done.did.append("tags")

    def reserve(self, action: SetConcurrency) -> None:
        self.act("PutFunctionConcurrency", ReservedConcurrentExecutions=action.new)
        self.done.did.append("concurrency")

    def open(self, action: SetUrl) -> None:
        if action.new == "NONE":
            # Developer Guide, "Control access to Lambda function URLs": both are needed since October 2025.
            # They come first: an URL that is there is taken for done.
            self.permit(
                "FunctionURLAllowPublicAccess", "lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE"
            )
            self.permit(
                "FunctionURLInvokeAllowPublicAccess", "lambda:InvokeFunction", InvokedViaFunctionUrl=True
            )
        operation = "UpdateFunctionUrlConfig" if action.old else "CreateFunctionUrlConfig"
        answer = self.act(operation, AuthType=action.new)
        self.done.url = str(answer.get("FunctionUrl") or "")
        self.done.did.append("url")

    def permit(self, statement: str, action: str, **condition: Any) -> None:
        try:
            self.act("AddPermission", StatementId=statement, Action=action, Principal="*", **condition)
        except CloudError as error:
            if kind(error) is not Kind.EXISTS:
                raise

    def publish(self, _: Publish) -> None:
        digest = self.plan.signed or self.plan.archive.code_sha256
        answer = self.act("PublishVersion", CodeSha256=digest, **self.guard())
        self.done.version = str(answer["Version"])
        if busy(answer):
            active(self.calls, self.plan.name, self.done.version)
        self.done.did.append(f"version {self.done.version}")

    def point(self, action: PointAlias) -> None:
        version = action.version or self.done.version
        if action.old is None:
            self.act("CreateAlias", Name=action.name, FunctionVersion=version)
        elif action.canary is None or action.old.version == version:
            self.point_to(action, version, {})
        else:
            self.point_to(action, action.old.version, {version: action.canary})
        self.done.did.append(f"alias {action.name}")

    def point_to(self, action: PointAlias, version: str, weights: Mapping[str, float]) -> None:
        revision = action.old.revision if action.old else ""
        self.act(
            "UpdateAlias",
            Name=action.name,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": dict(weights)},
            **({"RevisionId": revision} if revision else {}),
        )

    def prune(self, action: Prune) -> None:
        removed = prune(self.calls, self.plan.name, action.keep, spare=self.done.version)
        if removed:
            self.done.did.append(f"pruned {', '.join(removed)}")

    def named(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings with the ARN of the layer version that was published on the way."""
        layers = settings.get("Layers")
        if layers is None:
            return dict(settings)
        return {**settings, "Layers": [self.made.get(each, each) for each in layers]}

    # ---- what they share ------------------------------------------------------------------------

    def act(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.calls("lambda", operation, FunctionName=self.plan.name, **parameters)

    def guard(self) -> dict[str, str]:
        return {"RevisionId": self.revision} if self.revision else {}

    def settle(self) -> None:
        """Wait until AWS has carried it out; then the code must still be ours."""
        configuration = updated(self.calls, self.plan.name)
        sent = self.plan.code is not None
        if sent and configuration.get("CodeSha256") != self.plan.archive.code_sha256:
            raise StaleError("the code is not the one that was sent", self.done)
        self.revision = str(configuration.get("RevisionId", ""))
        self.arn = str(configuration.get("FunctionArn", self.arn))

    def code(self, code: Code) -> dict[str, Any]:
        """The code as the API takes it; through S3 it is brought there first."""
        if code.bucket is None:
            check_bytes(code.archive)
            with open(code.archive.path, "rb") as file:
                return {"ZipFile": file.read()}
        stored = upload(
            self.calls,
            code.archive,
            code.bucket.name,
            code.key,
            region=self.calls.cloud.region,
            listen=self.listen,
        )
        found: dict[str, Any] = {"S3Bucket": stored.bucket, "S3Key": stored.key}
        if stored.version:
            found["S3ObjectVersion"] = stored.version
        if code.bucket.reference:
            if not stored.version:
                # Developer Guide, "Self-managed S3 code storage": the bucket must have versions
                raise DeployFailed(
                    "aws.bucket",
                    f"{self.plan.name}: s3://{stored.bucket}/{stored.key} has no version, so code cannot stay"
                    " there",
                    hint=f"turn on versions for {stored.bucket}, then remove the object; or leave reference",
                )
            found["S3ObjectStorageMode"] = "REFERENCE"
        return found


def prune(calls: Calls, name: str, keep: int, *, spare: str = "") -> list[str]:
    """Remove old versions; the numbers of those removed. spare is never removed."""
    numbers = [str(each["Version"]) for each in versions_of(calls, name)]
    removed = []
    for number in prunable(numbers, aliases_of(calls, name), keep, spare=spare):
        try:
            calls("lambda", "DeleteFunction", FunctionName=name, Qualifier=number)
        except CloudError as error:
            if error.status != 409:
                raise
            continue  # an alias has come to it since
        removed.append(number)
    return removed
