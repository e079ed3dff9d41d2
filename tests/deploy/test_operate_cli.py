"""status, versions, rollback, canaries, promote, adopt, logs: as their users run them, against our server."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from cli.onezip_cli import Said, plain
from deploy.account import Account
from deploy.driver import PATIENCE, Clock, deploying, needs_boto3, opened
from deploy.server import Server, serving
from deploy.test_deploy_cli import PROJECT, change, codes
from onezip.deployer.calls import Calls
from onezip.deployer.code import fetch_code
from onezip.deployer.logs import lines
from onezip.deployer.remote import error_of, invoke
from onezip.errors import DeployFailed

pytestmark = needs_boto3


def released(tmp_path: Path, server: Server, *texts: str) -> None:
    """Deploy once for each text."""
    plain(tmp_path, PROJECT)
    for text in texts:
        change(tmp_path, text)
        said = deploying(tmp_path, server.address, "deploy")
        assert said.code == 0, said.err


@pytest.mark.ring2
def test_versions_rollback_and_pruning(tmp_path: Path) -> None:
    with serving(Account(lag=0)) as server:
        released(tmp_path, server, "1", "2", "3")
        said = deploying(tmp_path, server.address, "versions", "plain", "--json")
        assert [(v["number"], v["aliases"]) for v in said.result["versions"]] == [
            ("3", ["live"]),
            ("2", []),
            ("1", []),
        ]
        said = deploying(tmp_path, server.address, "rollback", "plain")
        assert (said.code, said.out) == (0, "plain: alias live: 3 -> 2\n")
        assert server.account.functions["plain"]["aliases"]["live"]["FunctionVersion"] == "2"
        said = deploying(tmp_path, server.address, "rollback", "plain", "--to", "9", "--json")
        assert (said.code, codes(said)) == (4, ["aws.alias"])
        said = deploying(tmp_path, server.address, "rollback", "plain", "--alias", "beta", "--json")
        assert (said.code, said.diagnostics[0]["hint"]) == (4, "there are: live")
        said = deploying(tmp_path, server.address, "versions", "plain", "--keep", "1", "--json")
        assert (said.result["removed"], [v["number"] for v in said.result["versions"]]) == (["1"], ["3", "2"])
        assert deploying(tmp_path, server.address, "versions", "plain", "--keep", "0").code == 2


def test_a_canary_to_its_end(tmp_path: Path) -> None:
    with serving(Account(lag=0)) as server:
        released(tmp_path, server, "1")
        said = deploying(tmp_path, server.address, "promote-canary", "plain", "--json")
        assert (said.code, codes(said)) == (4, ["aws.alias"])
        change(tmp_path, "2")
        assert deploying(tmp_path, server.address, "deploy", "--canary", "12.5%").code == 0
        said = deploying(tmp_path, server.address, "versions", "plain", "--json")
        assert [v["aliases"] for v in said.result["versions"]] == [["live (12.5%)"], ["live (87.5%)"]]
        assert deploying(tmp_path, server.address, "rollback", "plain").code == 0
        alias = server.account.functions["plain"]["aliases"]["live"]
        assert (alias["FunctionVersion"], alias["RoutingConfig"]["AdditionalVersionWeights"]) == ("1", {})
        assert deploying(tmp_path, server.address, "deploy", "--canary", "10%").code == 0
        said = deploying(tmp_path, server.address, "promote-canary", "plain")
        assert (said.code, said.out) == (0, "plain: alias live: 1 -> 2, all calls\n")


def test_status(tmp_path: Path) -> None:
    with serving(Account(lag=0)) as server:
        plain(tmp_path, PROJECT)
        said = deploying(tmp_path, server.address, "status", "--json")
        assert (said.code, said.result["functions"][0]["deployed"]) == (1, None)
        released(tmp_path, server, "1")
        said = deploying(tmp_path, server.address, "status", "--json")
        assert said.code == 0, said.out
        change(tmp_path, "2")
        server.account.functions["plain"]["latest"]["Timeout"] = 99
        server.account.functions["plain"]["latest"]["MemorySize"] = 99
        said = deploying(tmp_path, server.address, "status")
        assert said.code == 1
        assert "lambda_function.py" in said.out  # which file, not only that
        assert "MemorySize  99 -> 256" in said.out
        assert "Timeout" not in said.out  # of which the project file does not speak
        assert "X-Amz" not in said.out + said.err


@pytest.mark.ring2
def test_promote_brings_the_same_bytes(tmp_path: Path) -> None:
    with serving(Account(lag=0)) as server:
        released(tmp_path, server, "1", "2")
        code = server.account.functions["plain"]["versions"][0]["CodeSha256"]
        words = ("promote", "plain", "--from", "/eu-central-1", "--to", "/us-east-1", "--qualifier", "1")
        stage = ("--stage", "prod", "--from-name", "plain", "--json")
        said = deploying(tmp_path, server.address, *words, *stage, "--plan")
        assert (said.code, list(server.account.functions)) == (1, ["plain"])
        said = deploying(tmp_path, server.address, *words, *stage)
        assert said.code == 0, said.out
        assert server.account.functions["plain-prod"]["latest"]["CodeSha256"] == code
        assert said.result["functions"][0]["code_sha256"] == code
        said = deploying(tmp_path, server.address, *words, *stage)
        assert said.result["functions"][0]["status"] == "unchanged"
        assert deploying(tmp_path, server.address, "promote", "plain", "--from", "x", "--to", "y").code == 2


def test_adopt_describes_what_deploy_then_leaves_alone(tmp_path: Path) -> None:
    with serving(Account(lag=0)) as server:
        released(tmp_path / "theirs", server, "1")
        known = server.account.functions["plain"]
        known["tags"] = {"team": 'a "b"', "aws:cloudformation:stack-name": "theirs"}
        known["concurrency"] = 4
        known["latest"]["Description"] = 'a\tb "quoted" \\ ü'
        mine = tmp_path / "mine"
        mine.mkdir()
        said = deploying(mine, server.address, "adopt", "plain")
        assert said.code == 0, said.err
        text = (mine / "onezip.toml").read_text()
        assert "hidden" not in text
        assert '"KEY"' in text
        table = tomllib.loads(text)["functions"]["plain"]
        assert table["description"] == 'a\tb "quoted" \\ ü'
        assert table["deploy"]["tags"] == {"team": 'a "b"'}
        assert (mine / "plain/lambda_function.py").read_text().startswith("def lambda_handler")
        server.asked.clear()
        said = deploying(mine, server.address, "deploy", "--plan", "--json")
        assert [each["action"] for each in said.result["functions"][0]["actions"]] in ([], ["update-code"])
        assert deploying(mine, server.address, "adopt", "plain").code == 2
        known["latest"]["Runtime"] = "nodejs22.x"
        (mine / "onezip.toml").unlink()
        said = deploying(mine, server.address, "adopt", "plain", "--json")
        assert said.code == 2  # the folder is there


def test_what_cannot_be_adopted_leaves_nothing(tmp_path: Path) -> None:
    with serving(Account(lag=0)) as server:
        released(tmp_path / "theirs", server, "1")
        server.account.functions["plain"]["latest"]["Runtime"] = "nodejs22.x"
        mine = tmp_path / "mine"
        mine.mkdir()
        said = deploying(mine, server.address, "adopt", "plain", "--json")
        assert (said.code, codes(said)) == (4, ["aws.refused"])
        assert "nodejs22.x" in said.diagnostics[0]["message"]
        assert [path.name for path in mine.iterdir() if path.name != ".home"] == []
        said = deploying(mine, server.address, "adopt", "nobody", "--json")
        assert (said.code, codes(said)) == (4, ["aws.function"])


def test_logs(tmp_path: Path) -> None:
    with serving(Account(lag=0)) as server:
        released(tmp_path, server, "1")
        now = int(time.time() * 1000)
        server.account.logs = [
            {"eventId": str(n), "timestamp": now + n, "logStreamName": "s", "message": f"line {n}\n"}
            for n in range(5)
        ]
        said = deploying(tmp_path, server.address, "logs", "plain", "--json")
        assert [line["text"] for line in said.result["lines"]] == [f"line {n}" for n in range(5)]
        assert said.result["group"] == "/aws/lambda/plain"
        assert deploying(tmp_path, server.address, "logs", "plain", "--since", "soon").code == 2
        assert deploying(tmp_path, server.address, "logs", "plain", "--follow", "--json").code == 2


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    from deploy.driver import KEYS

    for key, value in KEYS.items():
        monkeypatch.setenv(key, value)
    with serving(Account(lag=0)) as server:
        return Calls(opened(server.address, PATIENCE), Clock())


def test_following_logs_tells_each_line_once(calls: Calls) -> None:
    with serving(Account(lag=0)) as server:
        logs = server.account.logs
        logs.append({"eventId": "1", "timestamp": 20_000, "message": "one"})
        following = lines(calls, "group", 0, follow=True)
        assert next(following).text == "one"
        # a line of another stream comes later, and is older; one has the same time
        logs.append({"eventId": "2", "timestamp": 15_000, "message": "late"})
        logs.append({"eventId": "3", "timestamp": 20_000, "message": "same time"})
        assert [next(following).text for _ in range(2)] == ["late", "same time"]
        logs.append({"eventId": "4", "timestamp": 90_000, "message": "new"})
        assert next(following).text == "new"
        logs.append({"eventId": "5", "timestamp": 90_001, "message": "newer"})
        assert next(following).text == "newer"
        assert isinstance(calls.clock, Clock)
        assert calls.clock.slept == [2.0] * 3


def test_invoke(calls: Calls) -> None:
    with serving(Account(lag=0)) as server:
        answer = invoke(calls, "hello", b'{"a": 1}')
        assert (answer.payload, answer.error, answer.version) == (b'{"a": 1}', "", "7")
        assert answer.log == "START RequestId\nhello\n"
        failed = invoke(calls, "hello", b'"fail"', qualifier="live")
        assert (failed.error, error_of(failed)) == ("Unhandled", ("ValueError", "no"))
        assert server.asked == ["Invoke", "Invoke"]


def test_code_that_is_not_what_aws_tells(tmp_path: Path, calls: Calls) -> None:
    from deploy.driver import zipped

    with serving(Account(lag=0)) as server:
        import base64

        server.account.handle(
            "CreateFunction",
            "",
            {"FunctionName": "x", "Code": {"ZipFile": base64.b64encode(zipped()).decode()}},
        )
        fetched = fetch_code(calls, "x", str(tmp_path))
        assert Path(fetched.path).read_bytes() == zipped()
        (digest,) = server.account.codes
        server.account.codes[digest] = b"something else"
        with pytest.raises(DeployFailed) as caught:
            fetch_code(calls, "x", str(tmp_path))
        assert caught.value.code == "deploy.bytes"


def test_one_function_must_be_named(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving() as server:
        said: Said = deploying(tmp_path, server.address, "versions", "plaim", "--json")
        assert (said.code, said.diagnostics[0]["hint"]) == (2, "did you mean 'plain'?")


def test_invoke_by_hand(tmp_path: Path) -> None:
    with serving(Account(lag=0)) as server:
        released(tmp_path, server, "1")
        words = ("invoke", "plain", "--remote")
        said = deploying(tmp_path, server.address, *words, "--data", '{"a": 1}')
        assert (said.code, said.out) == (0, '{"a": 1}')
        said = deploying(tmp_path, server.address, *words, "--data", '"fail"', "--tail")
        assert said.code == 1
        assert "X-Amz-Function-Error: Unhandled" in said.err
        assert "START" in said.err
        said = deploying(tmp_path, server.address, *words, "--url", "http://127.0.0.1:1", "--json")
        assert (said.code, codes(said)) == (2, ["usage.command"])
        said = deploying(tmp_path, server.address, "invoke", "plain", "--region", "x", "--json")
        assert (said.code, said.diagnostics[0]["hint"]) == (2, "add --remote")
