"""A call that failed -> AWS's message, what it means here, the next step.  [pure]

Credentials and presigned addresses never stand in a message: AWS's own hold none, and the library's are not
passed on where they could.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from onezip.deployer.cloud import CloudError, Kind, kind
from onezip.errors import DeployFailed

_DENIED = re.compile(
    r"not authorized to perform: (?P<action>[a-z0-9-]+:\w+)(?: on resource: (?P<resource>\S+))?"
)
_SECRET = re.compile(r"\?[^\s\"']*(?:X-Amz-|Signature|Token)[^\s\"']*")

_UNKNOWN_CREDENTIALS = frozenset({
    "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch",
    "InvalidSignatureException", "AuthFailure", "IncompleteSignature", "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
})  # fmt: skip
_NO_CREDENTIALS = frozenset({
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound",
    "InvalidConfigError", "ConfigParseError",
})  # fmt: skip
_EXPIRED = frozenset({
    "ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired",
    "UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError", "LoginRefreshRequired",
    "InvalidIdentityToken",
})  # fmt: skip
_DENIALS = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "403", "Forbidden"})
_SIGNING = frozenset({
    "InvalidCodeSignatureException", "CodeVerificationFailedException", "CodeSigningConfigNotFoundException",
})  # fmt: skip
_SPOILED = frozenset({
    "BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch",
})  # fmt: skip
_REGIONLESS = frozenset({"NoRegionError", "InvalidRegionError"})
_SERVICES = {"lambda": "lambda", "s3": "s3", "iam": "iam", "logs": "logs", "sts": "sts"}
_S3_ACTIONS = {
    "HeadBucket": "s3:ListBucket", "HeadObject": "s3:GetObject", "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject", "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
}  # fmt: skip


class Where(NamedTuple):
    """What was spoken of, for the words: the function in AWS, the Region, its profile, and known Regions."""

    subject: str
    region: str = ""
    profile: str = ""
    regions: Sequence[str] = ()
    bucket: str = ""


def explained(error: CloudError, where: Where) -> DeployFailed:
    """The error that a user sees."""
    said = _SECRET.sub("?...", error.message.strip())
    who = f" (profile {where.profile})" if where.profile else ""
    code, meaning, hint = _meaning(error, where, said)
    words = f"{where.subject}: {meaning}" if where.subject else meaning
    return DeployFailed(code, f"{words}{who}: {said}" if said else f"{words}{who}", hint=hint)


def _meaning(error: CloudError, where: Where, said: str) -> tuple[str, str, str]:
    """(code, what it means here, the next step)."""
    login = f"aws sso login{f' --profile {where.profile}' if where.profile else ''}"
    if error.code in _NO_CREDENTIALS:
        return (
            "aws.credentials",
            "no usable credentials",
            (
                "set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY;"
                " `aws configure list` shows what is found"
            ),
        )
    if error.code in _UNKNOWN_CREDENTIALS:
        return (
            "aws.credentials",
            "AWS does not know these credentials, or they are for another partition",
            "`aws sts get-caller-identity` shows whose they are; look at --profile and AWS_ACCESS_KEY_ID",
        )
    if error.code in _EXPIRED or "security token included in the request is expired" in said.lower():
        return ("aws.expired", "the credentials have expired", f"get new ones, such as by `{login}`")
    if error.code in _REGIONLESS:
        return ("aws.region", "no Region", 'add region = "REGION" to its deploy table, or --region')
    if error.code in _DENIALS:
        return _denied(error, where, said)
    if error.code in _SIGNING:
        return (
            "aws.signing",
            "the function's code signing configuration refuses this zip",
            (
                "sign the zip with AWS Signer and a profile that the configuration allows,"
                " or let the configuration warn only (UntrustedArtifactOnDeployment)"
            ),
        )
    what = kind(error)
    if what is Kind.UNREACHABLE:
        return _unreachable(where)
    if what is Kind.BROKEN:
        return (
            "aws.network",
            f"{error.operation} got no whole answer, tried more than once",
            "deploy again: what was done already is not done twice",
        )
    if what is Kind.THROTTLED:
        return ("aws.throttled", "AWS still says that there are too many calls", "deploy again later")
    if what is Kind.BUSY:
        return ("aws.busy", "another update does not end", "deploy again once it has")
    if what is Kind.ROLE_LAG:
        return (
            "aws.role",
            "Lambda may not assume the role",
            "its trust policy must allow sts:AssumeRole to lambda.amazonaws.com; a new role takes a while",
        )
    if error.service == "s3":
        return _of_s3(error, where)
    if error.operation == "GetRole" and what is Kind.MISSING:
        return ("aws.role", "there is no such role", "look at the role's name, or run with --create-role")
    if what is Kind.MISSING and error.service != "iam":
        region = f" in {where.region}" if where.region else ""
        return ("aws.function", f"not there{region}", "look at --region, --profile and the name in AWS")
    if error.code == "CodeStorageExceededException":
        return (
            "aws.storage",
            "the account's storage for code is full",
            "remove old versions: `onezip versions NAME --keep 5`",
        )
    return ("aws.refused", f"AWS refused {error.operation} ({error.code})", _hint_of(said))


def _denied(error: CloudError, where: Where, said: str) -> tuple[str, str, str]:
    found = _DENIED.search(said)
    if found:
        action, resource = found["action"], (found["resource"] or "*").strip("\"',.")
    else:
        prefix = _SERVICES.get(error.service, error.service)
        action = _S3_ACTIONS.get(error.operation, f"{prefix}:{error.operation}")
        resource = f"arn:aws:s3:::{where.bucket}/*" if where.bucket else "*"
        if action == "s3:ListBucket":
            resource = resource.removesuffix("/*")
    if "explicit deny" in said:
        return (
            "aws.permission",
            f"a policy denies {action}",
            "ask whoever owns the policy (an SCP, a boundary, or a Deny statement): no Allow can grant it",
        )
    statement = json.dumps({"Effect": "Allow", "Action": action, "Resource": resource})
    return ("aws.permission", f"these credentials lack {action}", f"this statement grants it: {statement}")


def _unreachable(where: Where) -> tuple[str, str, str]:
    if where.regions and where.region not in where.regions:
        near = difflib.get_close_matches(where.region, where.regions, n=1, cutoff=0.6)
        return (
            "aws.region",
            f"{where.region!r} is no Region that is known here, and does not answer",
            f"did you mean {near[0]!r}?" if near else 'write it as AWS does, such as "eu-central-1"',
        )
    return (
        "aws.network",
        "AWS cannot be reached",
        "look at the network, the proxy (HTTPS_PROXY), certificates (AWS_CA_BUNDLE) and --endpoint-url",
    )


def _of_s3(error: CloudError, where: Where) -> tuple[str, str, str]:
    if error.region and where.region and error.region != where.region:
        return elsewhere(where.bucket, error.region, where.region)
    if error.code in {"NoSuchBucket", "404"}:
        return (
            "aws.bucket",
            f"there is no bucket {where.bucket}",
            f"make it in {where.region or 'the Region of the function'}: aws s3 mb s3://{where.bucket}",
        )
    if error.code in _SPOILED:
        return (
            "aws.upload",
            "the bytes that arrived are not those of the zip",
            "deploy again; if it stays, look for a proxy that changes what passes",
        )
    return (
        "aws.refused",
        f"S3 refused {error.operation} ({error.code})",
        "mend what it names, then deploy again",
    )


def elsewhere(bucket: str, there: str, here: str) -> tuple[str, str, str]:
    """(code, meaning, next step) of a bucket in another Region than the function's."""
    return (
        "aws.bucket",
        f"the bucket {bucket} is in {there}, the function in {here}; Lambda takes code from its own Region",
        f"use a bucket in {here}, or deploy to {there}",
    )


def _hint_of(said: str) -> str:
    for words, hint in _WORDS:
        if words in said:
            return hint
    return "mend what AWS names, then deploy again"


_WORDS = (
    ("Could not unzip", "`onezip check` says what is wrong with the zip"),
    ("Unzipped size must be smaller", "`onezip inspect` shows what is large; layers count too"),
    ("no longer supported for creating or updating", "write a newer runtime; `onezip check` names one"),
    ("Layers are not in the same region", "name layer versions of the function's own Region"),
    ("Cannot reference more than 5 layers", "join layers, or take them into the zip"),
    ("exceeded the 4KB limit", "move large values to SSM Parameter Store or S3"),
    ("Request must be smaller", 'add bucket = "NAME" to its deploy table: S3 takes larger zips'),
    ("might be signed using a signature", "look at the function's code signing configuration"),
    (
        "Please provide ImageUri",
        "the function's code is a container image: deploy under another function_name",
    ),
)
"""Messages of Lambda's, and what to do."""
