"""Plans, as a table: no network, no clock."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.driver import function
from onezip.deployer.plan import plan
from onezip.deployer.values import AliasState, Archive, Deployed, Plan
from onezip.deployer.versions import back_from, prunable
from onezip.deployer.words import as_table, lines
from onezip.errors import DeployFailed
from onezip.model.deploy import Alias, Bucket, Deploy, Network, Role, Url

ARCHIVE = Archive("dist/hello.zip", 1000, "ab" * 32)
LARGE = Archive("dist/hello.zip", 52_428_801, "ab" * 32)
ROLE = "arn:aws:iam::123456789012:role/path/lambda"
SAME: dict[str, Any] = {
    "FunctionName": "hello",
    "FunctionArn": "arn:aws:lambda:eu-central-1:123456789012:function:hello",
    "CodeSha256": ARCHIVE.code_sha256,
    "RevisionId": "r1",
    "Runtime": "python3.13",
    "Handler": "app.handler",
    "Role": ROLE,
    "Timeout": 3,
    "MemorySize": 128,
    "Description": "",
    "Version": "$LATEST",
    "Architectures": ["x86_64"],
    "EphemeralStorage": {"Size": 512},
    "TracingConfig": {"Mode": "PassThrough"},
    "PackageType": "Zip",
    "State": "Active",
    "LastUpdateStatus": "Successful",
    "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/hello"},
    "Environment": {"Variables": {"A": "secret-a", "B": "secret-b"}},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""},
}
VERSION_3 = {**SAME, "Version": "3", "RevisionId": "other", "State": "Active"}
CHANGED_3 = {**VERSION_3, "MemorySize": 256}


def of(what: Any, deployed: Deployed | None, archive: Archive = ARCHIVE) -> Plan:
    return plan(what, archive, deployed)


def there(**fields: Any) -> Deployed:
    configuration = SAME | fields.pop("configuration", {})
    return Deployed(configuration, **fields)


@pytest.mark.parametrize(
    ("what", "deployed", "wanted"),
    [
        pytest.param(function(), there(), [], id="nothing"),
        pytest.param(
            function(),
            there(configuration={"CodeSha256": "other"}),
            [("code", "changed, 1,000 bytes, in the request")],
            id="code",
        ),
        pytest.param(
            function(architecture="arm64"),
            there(),
            [
                ("code", "the same bytes for another architecture, 1,000 bytes, in the request"),
                ("architecture", "x86_64 -> arm64"),
            ],
            id="architecture travels with the code",
        ),
        pytest.param(
            function(),
            there(configuration={"LastUpdateStatus": "Failed"}),
            [("code", "sent again: the last update failed, 1,000 bytes, in the request")],
            id="a failed update is no deployed code",
        ),
        pytest.param(function(limits=(512, 9, 512)), there(), [], id="defaults are not ours to touch"),
        pytest.param(
            function(limits=(512, 9, 512), deploy=Deploy(described=frozenset({"memory", "timeout"}))),
            there(),
            [("Timeout", "3 -> 9"), ("MemorySize", "128 -> 512")],
            id="what the project file speaks of",
        ),
        pytest.param(
            function(runtime="python3.12"), there(), [("Runtime", "python3.13 -> python3.12")], id="runtime"
        ),
        pytest.param(
            function(environment={"B": "new", "C": "c"}, deploy=Deploy(described=frozenset({"environment"}))),
            there(),
            [("Environment", "C added, B changed")],
            id="variables are merged",
        ),
        pytest.param(
            function(
                environment={"B": "secret-b"},
                deploy=Deploy(described=frozenset({"environment"}), environment="replace"),
            ),
            there(),
            [("Environment", "A removed")],
            id="variables are replaced",
        ),
        pytest.param(
            function(layers=("arn:l:2",), deploy=Deploy(described=frozenset({"layers"}))),
            there(configuration={"Layers": [{"Arn": "arn:l:1", "CodeSize": 5}]}),
            [("Layers", "arn:l:1 -> arn:l:2")],
            id="layers",
        ),
        pytest.param(
            function(deploy=Deploy(role=Role("lambda"), described=frozenset({"role"}))),
            there(),
            [],
            id="role",
        ),
        pytest.param(
            function(deploy=Deploy(role=Role("other"), described=frozenset({"role"}))),
            there(),
            [("Role", f"{ROLE} -> other")],
            id="another role",
        ),
        pytest.param(
            function(deploy=Deploy(role=Role("made", create=True))), there(), [], id="no role for who has one"
        ),
        pytest.param(
            function(deploy=Deploy(logging={"LogFormat": "JSON"})),
            there(),
            [("LoggingConfig", "LogFormat Text, LogGroup /aws/lambda/hello -> JSON")],
            id="logging",
        ),
        pytest.param(
            function(deploy=Deploy(network=Network(("s1",), ("g1",)), tracing="Active")),
            there(),
            [
                ("VpcConfig", "SubnetIds none, SecurityGroupIds none -> SubnetIds s1, SecurityGroupIds g1"),
                ("TracingConfig", "PassThrough -> Active"),
            ],
            id="network and tracing",
        ),
        pytest.param(
            function(
                runtime="python3.12",
                deploy=Deploy(code_only=True, tags={"a": "b"}, concurrency=1, url=Url("NONE")),
            ),
            there(),
            [],
            id="code only",
        ),
        pytest.param(
            function(deploy=Deploy(tags={"team": "a", "x": "y"}, concurrency=5, url=Url("NONE"))),
            there(tags={"team": "b", "x": "y", "theirs": "z"}, concurrency=-1, url="AWS_IAM"),
            [("tags", "team=a"), ("concurrency", "none -> 5"), ("url", "AWS_IAM -> NONE")],
            id="beside",
        ),
        pytest.param(
            function(deploy=Deploy(tags={"x": "y"}, concurrency=0, url=Url("NONE"))),
            there(tags={"x": "y"}, concurrency=0, url="NONE"),
            [],
            id="beside, unchanged",
        ),
        pytest.param(
            function(deploy=Deploy(publish=True, keep=3)), there(versions=(VERSION_3,)), [], id="published"
        ),
        pytest.param(
            function(deploy=Deploy(publish=True, keep=3)),
            there(versions=(CHANGED_3,)),
            [
                ("version", "a new one is published"),
                ("versions", "the newest 3 stay, and those that an alias points to"),
            ],
            id="only the configuration is another",
        ),
        pytest.param(
            function(deploy=Deploy(alias=Alias("live"))),
            there(versions=(VERSION_3,), alias=AliasState("live", "3")),
            [],
            id="alias as it is",
        ),
        pytest.param(
            function(deploy=Deploy(alias=Alias("live"))),
            there(versions=(VERSION_3,), alias=AliasState("live", "2")),
            [("alias live", "2 -> 3")],
            id="alias stayed behind",
        ),
        pytest.param(
            function(deploy=Deploy(alias=Alias("live"))),
            there(versions=(CHANGED_3,)),
            [("version", "a new one is published"), ("alias live", "new, to the new version")],
            id="a new alias",
        ),
        pytest.param(
            function(deploy=Deploy(alias=Alias("live", 0.1))),
            there(versions=(CHANGED_3,), alias=AliasState("live", "3")),
            [
                ("version", "a new one is published"),
                ("alias live", "10% of the calls to the new version, the rest stays on 3"),
            ],
            id="canary",
        ),
        pytest.param(
            function(deploy=Deploy(alias=Alias("live", 0.1))),
            there(versions=(VERSION_3,), alias=AliasState("live", "2", weights={"3": 0.1})),
            [],
            id="a canary under way",
        ),
    ],
)
def test_plan(what: Any, deployed: Deployed, wanted: list[tuple[str, str]]) -> None:
    assert lines(of(what, deployed)) == wanted


def test_a_new_function() -> None:
    deploy = Deploy(role=Role("lambda"), tags={"a": "b"}, alias=Alias("live"), concurrency=2)
    made = of(function(deploy=deploy, environment={"KEY": "secret"}, limits=(256, 5, 1024)), None)
    assert lines(made) == [
        ("function", "new, python3.13, x86_64"),
        ("code", "1,000 bytes, in the request"),
        ("role", "lambda"),
        ("Handler", "app.handler"),
        ("Timeout", "5"),
        ("MemorySize", "256"),
        ("EphemeralStorage", "1024"),
        ("Environment", "KEY"),
        ("concurrency", "none -> 2"),
        ("version", "a new one is published"),
        ("alias live", "new, to the new version"),
    ]


def test_through_s3() -> None:
    deploy = Deploy(bucket=Bucket("codes", "lambda/"))
    other = there(configuration={"CodeSha256": "x"})
    (line,) = lines(of(function(deploy=deploy), other, LARGE))
    assert line[1] == f"changed, 52,428,801 bytes, through s3://codes/lambda/{'ab' * 32}.zip"
    (line,) = lines(of(function(deploy=deploy), other))
    assert line[1] == "changed, 1,000 bytes, in the request"
    reference = Deploy(bucket=Bucket("codes", reference=True))
    (line,) = lines(of(function(deploy=reference), other))
    assert line[1] == f"changed, 1,000 bytes, through s3://codes/{'ab' * 32}.zip, and stays there"


@pytest.mark.parametrize(
    ("what", "deployed", "archive", "code", "words"),
    [
        (function(), None, ARCHIVE, "deploy.role", "no role to make it with"),
        (function(deploy=Deploy(code_only=True)), None, ARCHIVE, "aws.function", "only code is deployed"),
        (function(), there(configuration={"CodeSha256": ""}), LARGE, "archive.s3-needed", "52,428,801 bytes"),
        (
            function(),
            there(configuration={"PackageType": "Image"}),
            ARCHIVE,
            "aws.image",
            "Please provide ImageUri when updating a function with packageType Image.",
        ),
    ],
)
def test_no_plan(what: Any, deployed: Deployed | None, archive: Archive, code: str, words: str) -> None:
    with pytest.raises(DeployFailed) as caught:
        plan(what, archive, deployed)
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.hint


def test_variables_that_cannot_be_read_are_not_merged() -> None:
    hidden = there(configuration={"Environment": {"Error": {"Message": "no kms:Decrypt"}}})
    merged = Deploy(described=frozenset({"environment"}))
    with pytest.raises(DeployFailed, match="no kms:Decrypt"):
        of(function(environment={"A": "1"}, deploy=merged), hidden)
    replaced = Deploy(described=frozenset({"environment"}), environment="replace")
    assert lines(of(function(environment={"A": "1"}, deploy=replaced), hidden)) == [
        ("Environment", "A added")
    ]


def test_no_secret_in_a_plan() -> None:
    deploy = Deploy(described=frozenset({"environment"}), environment="replace", role=Role("r"))
    what = function(environment={"A": "hidden", "NEW": "hidden"}, deploy=deploy)
    for made in (of(what, there()), of(what, None)):
        text = repr(made) + repr(lines(made)) + repr(as_table(made))
        assert "hidden" not in text
        assert "secret" not in text


@pytest.mark.parametrize(
    ("versions", "aliases", "keep", "spare", "removed"),
    [
        (["1", "2", "3", "10"], [], 2, "", ["1", "2"]),
        (["10", "2", "$LATEST"], [], 1, "", ["2"]),
        (["1", "2", "3"], [AliasState("a", "1"), AliasState("b", "3", weights={"2": 0.1})], 1, "", []),
        (["1", "2", "3"], [], 1, "2", ["1"]),
        (["1"], [], 5, "", []),
    ],
)
def test_prunable(
    versions: list[str], aliases: list[AliasState], keep: int, spare: str, removed: list[str]
) -> None:
    assert prunable(versions, aliases, keep, spare=spare) == removed


def test_back() -> None:
    versions = ["1", "2", "10"]
    assert back_from(AliasState("live", "10"), versions) == "2"
    assert back_from(AliasState("live", "2", weights={"10": 0.1}), versions) == "2"
    assert back_from(AliasState("live", "2"), versions, "10") == "10"
    for alias, to in ((AliasState("live", "1"), None), (AliasState("live", "2"), "7")):
        with pytest.raises(DeployFailed):
            back_from(alias, versions, to)
