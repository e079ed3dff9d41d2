"""Errors told apart: each with AWS's message, what it means here, and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.onezip_cli import onezip, plain
from deploy.driver import KEYS, deploying, needs_boto3
from deploy.server import Fault, serving
from deploy.test_deploy_cli import PROJECT, codes
from onezip.deployer.cloud import CloudError
from onezip.deployer.mistakes import Where, explained

DENIED = (
    "User: arn:aws:iam::123456789012:user/dev is not authorized to perform: lambda:UpdateFunctionCode on"
    " resource: arn:aws:lambda:eu-central-1:123456789012:function:hello because no identity-based policy"
    " allows the lambda:UpdateFunctionCode action"
)
GRANT = (
    '{"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource":'
    ' "arn:aws:lambda:eu-central-1:123456789012:function:hello"}'
)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (("lambda", "GetFunction", "NoCredentialsError", "Unable to locate credentials"),
         "aws.credentials", "AWS_PROFILE"),
        (("lambda", "GetFunction", "ProfileNotFound", "The config profile (x) could not be found"),
         "aws.credentials", "--profile"),
        (("lambda", "GetFunction", "UnrecognizedClientException", "The security token ... is invalid.", 403),
         "aws.credentials", "get-caller-identity"),
        (("s3", "PutObject", "InvalidAccessKeyId", "The AWS Access Key Id does not exist", 403),
         "aws.credentials", "get-caller-identity"),
        (("lambda", "GetFunction", "ExpiredTokenException", "The security token ... is expired", 403),
         "aws.expired", "aws sso login --profile dev"),
        (("lambda", "GetFunction", "UnauthorizedSSOTokenError", "The SSO session has expired"),
         "aws.expired", "aws sso login --profile dev"),
        (("lambda", "GetFunction", "NoRegionError", "You must specify a region."), "aws.region", "--region"),
        (("lambda", "UpdateFunctionCode", "AccessDeniedException", DENIED, 403), "aws.permission", GRANT),
        (("lambda", "UpdateFunctionCode", "AccessDeniedException", DENIED.replace(
            "no identity-based policy allows", "of an explicit deny in"), 403),
         "aws.permission", "no Allow can grant it"),
        (("s3", "PutObject", "AccessDenied", "Access Denied", 403),
         "aws.permission", '"Action": "s3:PutObject", "Resource": "arn:aws:s3:::codes/*"'),
        (("s3", "HeadBucket", "403", "Forbidden", 403),
         "aws.permission", '"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::codes"'),
        (("s3", "HeadBucket", "404", "Not Found", 404), "aws.bucket", "aws s3 mb s3://codes"),
        (("lambda", "UpdateFunctionCode", "InvalidCodeSignatureException", "Signature failed", 400),
         "aws.signing", "AWS Signer"),
        (("lambda", "UpdateFunctionCode", "CodeStorageExceededException", "Code storage exceeded.", 400),
         "aws.storage", "--keep"),
        (("lambda", "UpdateFunctionCode", "InvalidParameterValueException",
          "Could not unzip uploaded file. Please check your file, then try to upload again.", 400),
         "aws.refused", "onezip check"),
        (("lambda", "CreateFunction", "InvalidParameterValueException",
          "The role defined for the function cannot be assumed by Lambda.", 400),
         "aws.role", "sts:AssumeRole"),
        (("iam", "GetRole", "NoSuchEntity", "The role with name x cannot be found.", 404),
         "aws.role", "--create-role"),
        (("lambda", "UpdateFunctionCode", "ResourceNotFoundException", "Function not found: arn", 404),
         "aws.function", "--region"),
        (("lambda", "GetFunction", "ReadTimeoutError", "Read timeout"), "aws.network", "deploy again"),
        (("lambda", "GetFunction", "SSLError", "certificate verify failed"), "aws.network", "AWS_CA_BUNDLE"),
    ],
    ids=lambda value: f"{value[1]} {value[2]}" if isinstance(value, tuple) else None,
)  # fmt: skip
def test_told_apart(error: tuple[str, ...], code: str, words: str) -> None:
    service, operation, name, message, *status = error
    failed = CloudError(service, operation, name, message, status=int(status[0]) if status else 0)
    where = Where("hello", "eu-central-1", "dev", ("eu-central-1", "eu-west-1"), "codes")
    told = explained(failed, where)
    assert told.code == code
    assert words in told.hint
    assert message in told.message
    assert "hello" in told.message


def test_a_bucket_that_redirects() -> None:
    failed = CloudError("s3", "PutObject", "PermanentRedirect", "go there", status=301, region="us-east-1")
    told = explained(failed, Where("hello", "eu-central-1", bucket="codes"))
    assert told.code == "aws.bucket"
    assert "codes is in us-east-1, the function in eu-central-1" in told.message


def test_a_region_that_does_not_exist() -> None:
    failed = CloudError("lambda", "GetFunction", "EndpointConnectionError", "Could not connect")
    told = explained(failed, Where("hello", "eu-wset-1", "", ("eu-central-1", "eu-west-1")))
    assert (told.code, told.hint) == ("aws.region", "did you mean 'eu-west-1'?")


def test_presigned_addresses_do_not_appear() -> None:
    failed = CloudError(
        "s3", "GetObject", "X", "at https://b.s3.amazonaws.com/k?X-Amz-Signature=abc&Token=d now"
    )
    told = explained(failed, Where("hello"))
    assert "abc" not in told.message
    assert "https://b.s3.amazonaws.com/k?... now" in told.message


@needs_boto3
def test_without_credentials_and_without_region(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    bare = {key: value for key, value in KEYS.items() if "KEY" not in key}
    empty = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": ""}
    said = onezip(tmp_path, "deploy", "--json", "--endpoint-url", "http://127.0.0.1:9", env={**bare, **empty})
    assert (said.code, codes(said)) == (4, ["aws.credentials"])
    no_region = {**KEYS, "AWS_DEFAULT_REGION": "", "AWS_REGION": ""}
    said = onezip(tmp_path, "deploy", "--json", env=no_region)
    assert (said.code, codes(said)) == (4, ["aws.region"])


@needs_boto3
def test_a_missing_profile_and_a_dead_address(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    said = deploying(tmp_path, "http://127.0.0.1:9", "deploy", "--profile", "nobody", "--json")
    assert (said.code, codes(said)) == (4, ["aws.credentials"])
    said = deploying(tmp_path, "no-address", "deploy", "--json")
    assert (said.code, codes(said)) == (4, ["aws.network"])
    said = deploying(tmp_path, "http://127.0.0.1:9", "deploy", "--json")
    assert (said.code, codes(said)) == (4, ["aws.network"])


@needs_boto3
def test_denied_by_a_server(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving(faults=[Fault("CreateFunction", 403, "AccessDeniedException", DENIED)]) as server:
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert (said.code, codes(said)) == (4, ["aws.permission"])
        assert "this statement grants it" in said.diagnostics[0]["hint"]
        assert "hidden" not in said.out + said.err


@needs_boto3
def test_an_image_function(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving() as server:
        assert deploying(tmp_path, server.address, "deploy").code == 0
        server.account.functions["plain"]["latest"]["PackageType"] = "Image"
        server.asked.clear()
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert (said.code, codes(said), server.writes) == (4, ["aws.image"], [])


def test_without_the_library(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    (tmp_path / "without").mkdir()
    (tmp_path / "without/botocore.py").write_text("raise ModuleNotFoundError('no botocore here')\n")
    said = onezip(tmp_path, "deploy", "--json", env={**KEYS, "PYTHONPATH": str(tmp_path / "without")})
    assert (said.code, codes(said)) == (4, ["aws.library"])
    assert "pip install" in said.diagnostics[0]["hint"]
    assert "uv tool install" in said.diagnostics[0]["hint"]
