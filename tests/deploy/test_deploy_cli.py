"""`onezip deploy` as its users run it: plans, exit codes, guards, stages, and a kill at each step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from cli.onezip_cli import PLAIN, Said, plain
from deploy.account import Account
from deploy.driver import KEYS, deploying, needs_boto3
from deploy.server import Fault, serving
from onezip.tested import Answer, remember

pytestmark = needs_boto3

PROJECT = """\
[functions.plain]
source = "plain"
runtime = "python3.13"
handler = "lambda_function.lambda_handler"
memory = 256
environment = { KEY = "hidden" }

[functions.plain.deploy]
role = "arn:aws:iam::123456789012:role/lambda"
alias = "live"

[stages.prod]
memory = 512

[stages.prod.functions.plain.deploy]
function_name = "plain-prod"
region = "us-east-1"
"""


def codes(said: Said) -> list[str]:
    return [each["code"] for each in said.diagnostics]


def change(folder: Path, text: str = "2") -> None:
    source = f"def lambda_handler(event, context):\n    return {text}\n"
    (folder / "plain/lambda_function.py").write_text(source)


def test_plan_deploy_unchanged(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving() as server:
        said = deploying(tmp_path, server.address, "deploy", "--plan")
        assert (said.code, server.writes) == (1, [])
        assert "new, python3.13, x86_64" in said.out
        assert "hidden" not in said.out + said.err
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert said.code == 0, said.err
        (told,) = said.result["functions"]
        assert (told["status"], told["did"], told["version"]) == (
            "deployed",
            ["created", "version 1", "alias live"],
            "1",
        )
        assert "hidden" not in said.out
        assert server.account.functions["plain"]["latest"]["Environment"] == {"Variables": {"KEY": "hidden"}}
        server.asked.clear()
        said = deploying(tmp_path, server.address, "deploy", "plain")
        assert (said.code, said.out) == (0, "plain: unchanged\n")
        assert server.asked == ["GetFunctionConfiguration"] * 2  # the second is the alias
        assert deploying(tmp_path, server.address, "deploy", "--plan", "--json").code == 0
        change(tmp_path)
        said = deploying(tmp_path, server.address, "deploy", "--plan")
        assert said.code == 1
        assert [line.split()[0] for line in said.out.splitlines()] == ["plain:", "code", "version", "alias"]
        said = deploying(tmp_path, server.address, "deploy")
        assert (said.code, said.out.splitlines()[-1]) == (0, "plain: done: code, version 2, alias live")


def test_a_stage(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving() as server:
        said = deploying(tmp_path, server.address, "deploy", "--stage", "prod", "--json")
        assert said.code == 0, said.out
        assert server.account.functions["plain-prod"]["latest"]["MemorySize"] == 512
        assert (tmp_path / "dist/prod/plain.zip").exists()
        said = deploying(tmp_path, server.address, "deploy", "--stage", "porod", "--json")
        assert (said.code, codes(said)) == (2, ["project.stage"])
        assert said.diagnostics[0]["hint"] == "did you mean 'prod'?"


def test_code_only_leaves_settings_alone(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving() as server:
        assert deploying(tmp_path, server.address, "deploy", "--code-only").code == 4
        assert deploying(tmp_path, server.address, "deploy").code == 0
        latest = server.account.functions["plain"]["latest"]
        latest |= {"MemorySize": 1024, "Handler": "terraform.says", "Environment": {"Variables": {}}}
        change(tmp_path)
        server.asked.clear()
        assert deploying(tmp_path, server.address, "deploy", "--code-only").code == 0
        assert server.writes == ["UpdateFunctionCode", "PublishVersion", "UpdateAlias"]
        assert (latest["MemorySize"], latest["Handler"]) == (1024, "terraform.says")


def test_broken_and_untested_zips_are_not_sent(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving() as server:
        (tmp_path / "plain/lambda_function.py").write_text("def other():\n    pass\n")
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert (said.code, codes(said), server.writes) == (4, ["deploy.broken"], [])
        assert "check.handler-function" in said.diagnostics[0]["message"]
        assert deploying(tmp_path, server.address, "deploy", "--force").code == 0
        change(tmp_path)
        server.asked.clear()
        said = deploying(tmp_path, server.address, "deploy", "--tested", "--json")
        assert (said.code, codes(said), server.writes) == (4, ["deploy.untested"], [])
        digest = deploying(tmp_path, server.address, "deploy", "--plan", "--json").result["functions"][0][
            "sha256"
        ]
        remember(str(tmp_path / ".home/state"), Answer(digest, "plain", "2026-11-21T16:00:00Z"))
        assert deploying(tmp_path, server.address, "deploy", "--tested").code == 0


def test_one_of_two_fails(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT + PLAIN.replace("functions.plain", "functions.second"))
    with serving() as server:
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert (said.code, codes(said), said.result["failed"]) == (4, ["deploy.role"], ["second"])
        assert list(server.account.functions) == ["plain"]
        said = deploying(tmp_path, server.address, "deploy", "second", "--role", "arn:aws:iam::1:role/x")
        assert said.code == 0
        said = deploying(tmp_path, server.address, "deploy", "nobody", "--json")
        assert (said.code, codes(said)) == (2, ["usage.function"])


def test_two_functions_of_one_name(tmp_path: Path) -> None:
    second = PLAIN.replace("functions.plain", "functions.second")
    plain(tmp_path, f'{PLAIN}{second}[stages.prod.deploy]\nfunction_name = "x"\n')
    with serving() as server:
        said = deploying(tmp_path, server.address, "deploy", "--stage", "prod", "--json")
        assert (said.code, codes(said), server.asked) == (2, ["project.value"], [])


def test_quiet(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving() as server:
        said = deploying(tmp_path, server.address, "deploy", "--quiet")
        assert (said.code, said.out, said.err) == (0, "", "")


def test_canary_needs_an_alias(tmp_path: Path) -> None:
    plain(tmp_path)
    with serving() as server:
        for words in (("--canary", "10%"), ("--canary", "110%", "--alias", "live")):
            said = deploying(tmp_path, server.address, "deploy", *words, "--json")
            assert (said.code, codes(said)) == (2, ["usage.command"])


STEPS = [
    "CreateFunction", "PutFunctionConcurrency", "AddPermission", "CreateFunctionUrlConfig", "PublishVersion",
    "CreateAlias", "UpdateFunctionCode", "UpdateFunctionConfiguration", "TagResource", "UpdateAlias",
    "DeleteFunction",
]  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.ring2
def test_killed_and_then_again(tmp_path: Path, step: str, after: bool) -> None:
    """SIGKILL as a call arrives, before or after it takes effect; the next deploy does the rest, once."""
    more = 'url = "NONE"\nconcurrency = 2\nkeep = 1\n'
    plain(tmp_path, PROJECT.replace('alias = "live"\n', f'alias = "live"\n{more}'))
    account = Account()
    running: Future[subprocess.Popen[bytes]] = Future()  # a call may come before its process is told

    def kill() -> None:
        running.result().send_signal(signal.SIGKILL)

    with serving(account) as server:
        if STEPS.index(step) > 5:
            assert deploying(tmp_path, server.address, "deploy").code == 0
            text = (tmp_path / "onezip.toml").read_text().replace("memory = 256", "memory = 300")
            text = text.replace("keep = 1\n", 'keep = 1\ntags = { team = "a" }\n')
            (tmp_path / "onezip.toml").write_text(text)
            change(tmp_path)
        server.faults.append(Fault(step, do=None if after else kill, silent=True, after=after))
        if after:
            original = account.handle

            def handle(operation: str, name: str, body: dict[str, object]) -> object:
                answer = original(operation, name, body)
                if operation == step and running.result().poll() is None:
                    kill()
                return answer

            account.handle = handle  # type: ignore[method-assign]
        env = {**os.environ, **KEYS, "ONEZIP_HOME": str(tmp_path / ".home")}
        words = [sys.executable, "-m", "onezip", "deploy", "--endpoint-url", server.address]
        running.set_result(subprocess.Popen(words, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL))
        assert running.result().wait() == -signal.SIGKILL
        said = deploying(tmp_path, server.address, "deploy")
        assert said.code == 0, said.err
        known = account.functions["plain"]
        assert known["versions"][-1]["CodeSha256"] == known["latest"]["CodeSha256"]
        assert known["aliases"]["live"]["FunctionVersion"] == known["versions"][-1]["Version"]
        assert (known["concurrency"], len(known["policy"])) == (2, 2)
        server.asked.clear()
        assert deploying(tmp_path, server.address, "deploy").out == "plain: unchanged\n"
        assert server.writes == []
