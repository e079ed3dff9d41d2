"""Plans carried out against a strict server of ours: what is sent, waited for, tried again."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.account import Account
from deploy.driver import PATIENCE, Deployer, archive, function, needs_boto3
from deploy.server import Fault, Server, serving
from onezip.model.deploy import Alias, Deploy, Role, Url
from onezip.model.function import Function

pytestmark = needs_boto3

ROLE = Role("arn:aws:iam::123456789012:role/lambda")


def described(*keys: str, **fields: Any) -> Deploy:
    return Deploy(role=ROLE, described=frozenset(keys), **fields)


def made(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: Function, read: float = PATIENCE
) -> Deployer:
    """A deployer whose function is there already; what was asked so far is forgotten."""
    deployer = Deployer(server.address, monkeypatch, read=read)
    assert deployer.did(what, archive(tmp_path))[0] == "created"
    server.asked.clear()
    return deployer


def test_create_then_nothing_then_code_then_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=described("memory", "environment"), environment={"A": "1"})
    with serving(Account(lag=3)) as server:
        deployer = Deployer(server.address, monkeypatch)
        assert deployer.did(hello, archive(tmp_path)) == ["created"]
        assert deployer.clock.slept == [1.0, 1.0]  # of three looks
        assert server.account.functions["hello"]["latest"]["Environment"] == {"Variables": {"A": "1"}}
        server.asked.clear()
        assert deployer.did(hello, archive(tmp_path)) == []
        assert server.asked == ["GetFunctionConfiguration"]  # one read, no more
        server.asked.clear()
        assert deployer.did(hello, archive(tmp_path, "2")) == ["code"]
        assert server.writes == ["UpdateFunctionCode"]
        server.account.functions["hello"]["latest"]["Environment"]["Variables"]["THEIRS"] = "kept"
        server.asked.clear()
        changed = replace(hello, environment={"A": "2"}, limits=replace(hello.limits, memory=512))
        assert deployer.did(changed, archive(tmp_path, "3")) == ["code", "configuration"]
        assert server.writes == ["UpdateFunctionCode", "UpdateFunctionConfiguration"]
        latest = server.account.functions["hello"]["latest"]
        assert latest["Environment"] == {"Variables": {"A": "2", "THEIRS": "kept"}}
        assert latest["MemorySize"] == 512
        digest = archive(tmp_path, "3").code_sha256
        assert latest["CodeSha256"] == digest
        assert server.account.codes[digest] == Path(archive(tmp_path, "3").path).read_bytes()


def test_everything_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy = described(tags={"team": "a"}, concurrency=3, url=Url("NONE"), alias=Alias("live"))
    with serving() as server:
        deployer = Deployer(server.address, monkeypatch)
        result = deployer.deploy(function(deploy=deploy), archive(tmp_path))
        assert result.error is None
        assert result.done is not None
        assert result.done.did == ["created", "concurrency", "url", "version 1", "alias live"]
        assert result.done.url.startswith("https://")
        known = server.account.functions["hello"]
        assert (known["tags"], known["concurrency"]) == ({"team": "a"}, 3)
        assert {each["Action"] for each in known["policy"].values()} == {
            "lambda:InvokeFunctionUrl",
            "lambda:InvokeFunction",
        }
        server.asked.clear()
        assert deployer.did(function(deploy=deploy), archive(tmp_path)) == []
        # one for the function, its tags and concurrency; one each for alias and URL
        assert server.asked == ["GetFunction", "GetFunctionConfiguration", "GetFunctionUrlConfig"]
        other = replace(deploy, tags={"team": "b"}, concurrency=4, url=Url("AWS_IAM"))
        assert deployer.did(function(deploy=other), archive(tmp_path)) == ["tags", "concurrency", "url"]
        assert (known["tags"], known["concurrency"], known["url"]["AuthType"]) == (
            {"team": "b"},
            4,
            "AWS_IAM",
        )


def test_versions_aliases_canary_and_pruning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = function(deploy=described("memory", alias=Alias("live"), keep=2))
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, live)
        known = server.account.functions["hello"]
        assert known["aliases"]["live"]["FunctionVersion"] == "1"
        bigger = replace(live, limits=replace(live.limits, memory=256))
        # a version for a change of settings alone
        assert deployer.did(bigger, archive(tmp_path)) == ["configuration", "version 2", "alias live"]
        tagged = replace(bigger, deploy=replace(bigger.deploy or Deploy(), tags={"a": "b"}))
        assert deployer.did(tagged, archive(tmp_path)) == ["tags"]  # and none for tags
        canary = replace(bigger, deploy=described("memory", alias=Alias("live", 0.1), keep=1))
        # both versions that the alias uses stay
        assert deployer.did(canary, archive(tmp_path, "3")) == ["code", "version 3", "alias live", "pruned 1"]
        alias = known["aliases"]["live"]
        assert (alias["FunctionVersion"], alias["RoutingConfig"]) == (
            "2",
            {"AdditionalVersionWeights": {"3": 0.1}},
        )
        assert deployer.did(canary, archive(tmp_path, "3")) == []
        assert deployer.did(bigger, archive(tmp_path, "3")) == ["alias live"]
        assert known["aliases"]["live"]["FunctionVersion"] == "3"
        assert known["aliases"]["live"]["RoutingConfig"] == {"AdditionalVersionWeights": {}}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            Fault("UpdateFunctionCode", 409, "ResourceConflictException",
                  "The operation cannot be performed at this time. An update is in progress", times=10),
            id="409 ten times",
        ),
        pytest.param(
            Fault("UpdateFunctionCode", 429, "TooManyRequestsException", "Rate exceeded", times=5), id="429"
        ),
        pytest.param(Fault("UpdateFunctionCode", 500, "ServiceException", times=2), id="500"),
        pytest.param(Fault("UpdateFunctionCode", 500, "ServiceException", after=True), id="500, but done"),
        pytest.param(Fault("UpdateFunctionCode", cut=True), id="cut"),
        pytest.param(Fault("UpdateFunctionCode", cut=True, after=True), id="cut, but done"),
        pytest.param(Fault("UpdateFunctionCode", silent=True), id="silent"),
        pytest.param(Fault("UpdateFunctionCode", silent=True, after=True), id="silent, but done"),
        pytest.param(Fault("GetFunctionConfiguration", cut=True, times=2), id="a read cut twice"),
        pytest.param(Fault("PublishVersion", cut=True, after=True), id="published, answer cut"),
        pytest.param(
            Fault("UpdateFunctionConfiguration", silent=True, after=True), id="settings silent, but done"
        ),
        pytest.param(Fault("UpdateAlias", 500, "ServiceException", after=True), id="alias 500, but done"),
        pytest.param(
            Fault("UpdateFunctionCode", 412, "PreconditionFailedException"), id="412 once: planned anew"
        ),
    ],
)  # fmt: skip
def test_faults_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    live = function(deploy=described("memory", alias=Alias("live")))
    bigger = replace(live, limits=replace(live.limits, memory=256))
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, live, read=3.0 if fault.silent else PATIENCE)
        server.faults.append(fault)
        result = deployer.deploy(bigger, archive(tmp_path, "2"))
        assert result.error is None
        assert fault.times == 0
        known = server.account.functions["hello"]
        assert known["latest"]["CodeSha256"] == archive(tmp_path, "2").code_sha256
        assert known["latest"]["MemorySize"] == 256
        assert [each["Version"] for each in known["versions"]] == ["1", "2"]
        assert known["versions"][-1]["CodeSha256"] == known["latest"]["CodeSha256"]
        assert known["aliases"]["live"]["FunctionVersion"] == "2"
        server.asked.clear()
        assert deployer.did(bigger, archive(tmp_path, "2")) == []
        assert server.writes == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("CreateFunction", cut=True, after=True),
        Fault("CreateFunction", 500, "ServiceException", after=True),
        Fault("CreateFunction", 429, "TooManyRequestsException"),
        Fault("CreateAlias", 500, "ServiceException", after=True),
        Fault("CreateFunctionUrlConfig", cut=True, after=True),
        Fault("PutFunctionConcurrency", 409, "ResourceConflictException", "An update is in progress"),
    ],
    ids=lambda fault: f"{fault.operation} {fault.status or 'cut'}",
)
def test_faults_while_a_function_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    deploy = described(alias=Alias("live"), url=Url("NONE"), concurrency=1, tags={"a": "b"})
    with serving(faults=[fault]) as server:
        deployer = Deployer(server.address, monkeypatch)
        result = deployer.deploy(function(deploy=deploy), archive(tmp_path))
        assert result.error is None
        known = server.account.functions["hello"]
        assert known["aliases"]["live"]["FunctionVersion"] == "1"
        assert (known["concurrency"], known["url"]["AuthType"], len(known["policy"])) == (1, "NONE", 2)
        assert deployer.did(function(deploy=deploy), archive(tmp_path)) == []


def test_pauses_grow_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, function(deploy=described()))
        deployer.clock.slept.clear()
        server.faults.append(
            Fault("UpdateFunctionCode", 429, "TooManyRequestsException", "Rate", times=10**6)
        )
        result = deployer.deploy(function(deploy=described()), archive(tmp_path, "2"))
        assert result.error is not None
        assert result.error.code == "aws.throttled"
        assert deployer.clock.slept[:4] == [0.375, 0.75, 1.5, 3.0]
        assert max(deployer.clock.slept) == 15
        assert sum(deployer.clock.slept) < 140


def test_somebody_else_deploys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=described("memory"))
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, hello)

        def meddle() -> None:
            theirs = f"theirs-{len(server.asked)}"
            account.functions["hello"]["latest"] |= {"RevisionId": theirs, "MemorySize": 999}

        account = server.account
        server.faults.append(Fault("UpdateFunctionCode", do=meddle))
        deployer.shown.clear()
        result = deployer.deploy(hello, archive(tmp_path, "2"))
        assert result.error is None
        # planned once more, and shown: their change is part of the second plan
        assert [again for _, again in deployer.shown] == [False, True]
        assert len(deployer.shown[1][0].actions) == 2
        assert account.functions["hello"]["latest"]["MemorySize"] == 128
        server.faults.append(Fault("UpdateFunctionCode", do=meddle, times=5))
        result = deployer.deploy(hello, archive(tmp_path, "3"))
        assert result.error is not None
        assert result.error.code == "deploy.changed"


def test_code_of_somebody_else_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=described(publish=True))
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, hello)
        theirs = Path(archive(tmp_path, "9").path).read_bytes()

        def meddle() -> None:
            account = server.account
            account.handle("UpdateFunctionCode", "hello", {"ZipFile": base64.b64encode(theirs).decode()})
            account.functions["hello"]["looks"] = 0
            account.functions["hello"]["latest"]["LastUpdateStatus"] = "Successful"

        server.faults.append(Fault("PublishVersion", do=meddle))
        # theirs replaced ours before it was published, so ours was sent once more
        assert deployer.did(hello, archive(tmp_path, "2")) == ["code", "code", "version 2"]
        published = server.account.functions["hello"]["versions"]
        assert [each["CodeSha256"] for each in published] == [
            archive(tmp_path).code_sha256,
            archive(tmp_path, "2").code_sha256,
        ]


def test_an_update_that_aws_cannot_carry_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=described())
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, hello)
        server.account.fail_updates = "The zip is no good"
        result = deployer.deploy(hello, archive(tmp_path, "2"))
        assert result.error is not None
        assert (result.error.code, "The zip is no good" in result.error.message) == ("aws.failed", True)
        server.account.fail_updates = ""
        assert deployer.did(hello, archive(tmp_path, "2")) == ["code"]  # equal bytes, and sent all the same


def test_a_lost_answer_is_no_lost_act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=described())
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, hello)
        server.faults.append(Fault("UpdateFunctionCode", 500, "ServiceException", after=True))
        assert deployer.did(hello, archive(tmp_path, "2")) == ["the rest was done already"]
        assert [each.code_sha256 for each in (archive(tmp_path, "2"),)] == list(server.account.codes)[1:]


def test_pruning_leaves_what_an_alias_came_to_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = function(deploy=described(alias=Alias("live"), keep=1))
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, live)

        def meddle() -> None:
            server.account.handle("CreateAlias", "hello", {"Name": "theirs", "FunctionVersion": "1"})

        server.faults.append(Fault("DeleteFunction", do=meddle))
        deployer.clock.slept.clear()
        assert deployer.did(live, archive(tmp_path, "2")) == ["code", "version 2", "alias live"]
        assert deployer.clock.slept == []
        assert len(server.account.functions["hello"]["versions"]) == 2


def test_a_version_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SnapStart: an alias must not point to a version that cannot run yet."""
    with serving() as server:
        server.account.snapshots = 3
        deployer = Deployer(server.address, monkeypatch)
        assert "alias live" in deployer.did(
            function(deploy=described(alias=Alias("live"))), archive(tmp_path)
        )
        assert deployer.clock.slept == [5.0, 5.0]
        assert server.account.functions["hello"]["versions"][0]["State"] == "Active"


def test_an_update_under_way_is_waited_for_before_a_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a deploy that was broken off leaves it: its code counts, and nothing is sent twice."""
    hello = function(deploy=described())
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, hello)
        code = base64.b64encode(Path(archive(tmp_path, "2").path).read_bytes()).decode()
        server.account.lag = 4
        server.account.handle("UpdateFunctionCode", "hello", {"ZipFile": code})
        deployer.clock.slept.clear()
        assert deployer.did(hello, archive(tmp_path, "2")) == []
        assert deployer.clock.slept == [1.0, 1.0]
        server.account.handle("UpdateFunctionCode", "hello", {"ZipFile": code})
        deployer.shown.clear()
        assert deployer.did(hello, archive(tmp_path, "3")) == ["code"]
        assert len(deployer.shown) == 1  # the plan was made from what the update left


def test_a_role_that_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=Deploy(role=Role("hello-role", create=True)))
    with serving() as server:
        server.account.assumable_after = 4  # IAM's lag
        deployer = Deployer(server.address, monkeypatch)
        assert deployer.did(hello, archive(tmp_path)) == ["created"]
        policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        assert server.account.roles == {"hello-role": [policy]}
        assert server.account.functions["hello"]["latest"]["Role"].endswith("role/hello-role")
        assert deployer.did(hello, archive(tmp_path)) == []


def test_many_at_once_and_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from onezip.deployer.engine import Task

    with serving() as server:
        deployer = Deployer(server.address, monkeypatch)
        names = [f"f{number}" for number in range(20)]
        tasks = [
            Task(function(name, deploy=described() if name != "f7" else Deploy()), archive(tmp_path))
            for name in names
        ]
        results = deployer.deployment.deploy(tasks)
        assert [result.function.name for result in results] == names
        assert [result.function.name for result in results if result.error] == ["f7"]
        assert len(server.account.functions) == 19


def test_a_zip_that_changed_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=described())
    with serving() as server:
        deployer = made(server, monkeypatch, tmp_path, hello)
        other = archive(tmp_path, "2")
        Path(other.path).write_bytes(b"x" * other.size)
        result = deployer.deploy(hello, other)
        assert result.error is not None
        assert result.error.code == "deploy.bytes"
        assert server.writes == []
