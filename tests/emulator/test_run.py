"""`onezip run` and `onezip invoke` with real functions: aws-lambda-go, awslambdaric, boto3, the AWS CLI."""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from builder.go_driver import needs_go
from cli.onezip_cli import SAMPLES, onezip
from emulator.runs import Run, running
from emulator.serving import alive, until
from fetched import CACHE
from onezip.cli.run import Signals
from onezip.emulator.running.foreign import machine
from onezip.model.function import Architecture

HERE = next(one for one in Architecture if one.machine == machine())
posix = pytest.mark.skipif(os.name != "posix", reason="signals: a POSIX system is needed")

PROJECT = f"""\
[defaults]
architecture = "{HERE}"
memory = 256
timeout = 60

[functions.worker]
source = "worker"
environment = {{ COLOUR = "red" }}
"""

PYTHON = f"""\
[defaults]
architecture = "{HERE}"
timeout = 60

[functions.app]
source = "app"
runtime = "python3.{{}}"
handler = "app.handler"
"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one Go function, built."""
    folder = tmp_path_factory.mktemp("worker")
    shutil.copytree(SAMPLES / "go_lambda", folder / "worker")
    (folder / "onezip.toml").write_text(PROJECT, encoding="utf-8")
    built = onezip(folder, "build")
    assert built.code == 0, built.err
    return folder


@pytest.fixture(scope="module")
def run(worker: Path) -> Iterator[Run]:
    with running(worker, "--concurrency", "1") as found:  # a slow machine has no second environment
        yield found


def client(run: Run) -> Any:
    """boto3's Lambda client, pointed here."""
    return boto3.client(
        "lambda",
        region_name="us-east-1",
        endpoint_url=run.url,
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
    )


@needs_go
def test_boto3_calls_a_go_function(run: Run) -> None:
    got = client(run).invoke(
        FunctionName="worker",
        Payload=b'{"do":"look"}',
        LogType="Tail",
        ClientContext=base64.b64encode(b'{"custom":{"a":"b"}}').decode(),
    )
    assert (got["StatusCode"], got["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in got
    assert got["ResponseMetadata"]["RequestId"]
    value = json.loads(got["Payload"].read())
    assert value["id"] == got["ResponseMetadata"]["RequestId"]
    assert value["client"] == {"a": "b"}
    assert 0 < value["left"] <= 60
    tail = base64.b64decode(got["LogResult"]).decode()
    assert tail.startswith(f"START RequestId: {value['id']} Version: $LATEST\ndoing look\nEND RequestId: ")
    env = dict(word.split("=", 1) for word in value["env"])
    assert (env["COLOUR"], env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) == ("red", "256")
    assert "HOME" not in env
    assert "ONEZIP_HOME" not in env


@needs_go
@pytest.mark.parametrize(
    "name", ["function", "function:worker", "arn:aws:lambda:eu-west-1:1:function:worker"]
)
def test_other_names_of_it(run: Run, name: str) -> None:
    name = name.replace(":1:", ":123456789012:")
    got = client(run).invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
    assert json.loads(got["Payload"].read())["arn"].endswith(":function:worker:live")


@needs_go
def test_failures_of_a_go_function(run: Run) -> None:
    lambdas = client(run)

    def invoke(event: dict[str, Any]) -> tuple[str | None, Any]:
        got = lambdas.invoke(FunctionName="worker", Payload=json.dumps(event))
        return got.get("FunctionError"), json.loads(got["Payload"].read())

    assert invoke({"do": "error"}) == ("Unhandled", {"errorMessage": "boom", "errorType": "errorString"})
    error, told = invoke({"do": "panic"})
    assert (error, told["errorMessage"], told["errorType"]) == ("Unhandled", "oh no", "string")
    assert told["stackTrace"]
    # the panic ended the process; the next call has a fresh one
    assert invoke({})[1]["count"] == 1
    error, told = invoke({"do": "exit", "n": 3})
    assert told["errorType"] == "Runtime.ExitError"
    assert told["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    assert invoke({"do": "stream"}) == (None, {"streamed": True})
    assert invoke({"do": "half"}) == ("Unhandled", {"errorMessage": "half way", "errorType": "errorString"})
    error, told = invoke({"do": "large", "n": 6_291_557})
    assert (error, told["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")
    assert len(invoke({"do": "large", "n": 6_291_556})[1]) == 6_291_554


@needs_go
@pytest.mark.ring2
def test_a_go_function_that_times_out(worker: Path) -> None:
    with running(worker, "--concurrency", "1", "--timeout", "10") as run:
        late = run.call("worker", {"do": "sleep", "n": 600_000})
        assert (late.error, late.value["errorType"]) == ("Unhandled", "Sandbox.Timedout")
        assert run.call("worker", {}).error is None


@needs_go
def test_boto3_understands_the_refusals(run: Run) -> None:
    lambdas = client(run)
    with pytest.raises(lambdas.exceptions.ResourceNotFoundException, match="Function not found: arn:aws:"):
        lambdas.invoke(FunctionName="nobody")
    with pytest.raises(lambdas.exceptions.InvalidRequestContentException, match="Could not parse"):
        lambdas.invoke(FunctionName="worker", Payload=b"{")
    with pytest.raises(ClientError) as caught:
        lambdas.invoke(FunctionName="worker", Payload=b'"' + b"x" * 6_291_455 + b'"')
    assert caught.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert lambdas.invoke(FunctionName="worker", InvocationType="DryRun")["StatusCode"] == 204
    assert lambdas.invoke(FunctionName="worker", InvocationType="Event")["StatusCode"] == 202


@needs_go
def test_the_aws_cli_calls_it(run: Run, tmp_path: Path) -> None:
    aws = shutil.which("aws")
    if aws is None:
        pytest.skip("no AWS CLI: pip install awscli")
    done = subprocess.run(
        [aws, "lambda", "invoke", "--endpoint-url", run.url, "--function-name", "worker",
         "--region", "us-east-1", "--payload", '{"do":"error"}', "out.json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["FunctionError"] == "Unhandled"
    assert json.loads((tmp_path / "out.json").read_text())["errorMessage"] == "boom"


@needs_go
def test_an_invoke_finds_the_run_and_says_the_payload_on_stdout(worker: Path, run: Run) -> None:
    env = {"_LAMBDA_SERVER_PORT": str(run.port)}
    got = onezip(worker, "invoke", "-d", '{"do":"look"}', "--tail", env=env)
    assert got.code == 0, got.err
    assert json.loads(got.out)["count"] >= 1
    assert "REPORT RequestId:" in got.err
    failed = onezip(worker, "invoke", "worker", "--file", "-", "--url", run.url)
    assert failed.code == 0, failed.err
    failed = onezip(worker, "invoke", "worker", "-d", '{"do":"error"}', env=env)
    assert (failed.code, json.loads(failed.out)["errorMessage"]) == (1, "boom")
    accepted = onezip(worker, "invoke", "--type", "Event", "-d", "{}", env=env)
    assert (accepted.code, accepted.out) == (0, "")
    table = onezip(worker, "invoke", "--json", "-d", '{"do":"error"}', env=env)
    assert table.code == 1
    assert table.result["functionError"] == "Unhandled"
    refused = onezip(worker, "invoke", "--url", run.url, "nobody")
    assert refused.code == 4
    assert "ResourceNotFoundException" in refused.err


@needs_go
def test_an_invoke_alone_starts_the_function_for_the_call(worker: Path) -> None:
    (worker / "event.json").write_text('{"do":"look"}')
    got = onezip(worker, "invoke", "worker", "--file", "event.json", "--env", "A=b", "--timeout", "900")
    assert got.code == 0, got.err
    value = json.loads(got.out)
    assert value["count"] == 1
    assert 60 < value["left"] <= 900
    assert "A=b" in value["env"]
    assert "doing look" in got.err
    failed = onezip(worker, "invoke", "-d", '{"do":"exit","n":7}')
    assert failed.code == 1
    assert json.loads(failed.out)["errorType"] == "Runtime.ExitError"
    assert "help: the process died in the invocation" in failed.err


@needs_go
def test_the_zip_that_answered_is_remembered(worker: Path) -> None:
    from onezip import tested

    home = worker / ".answered"
    assert onezip(worker, "invoke", "-d", '{"do":"error"}', home=home).code == 1
    digest = json.loads((worker / "dist/worker.json").read_text())["sha256"]
    assert tested.recall(str(home / "state"), digest) is None
    assert onezip(worker, "invoke", "-d", "{}", home=home).code == 0
    assert tested.recall(str(home / "state"), digest) is not None


@needs_go
@posix
def test_lines_for_people_and_a_clean_end(worker: Path) -> None:
    with running(worker, as_json=False) as run:
        run.said("ready in")
        digest = json.loads((worker / "dist/worker.json").read_text())["sha256"]
        run.said(f"sha256 {digest}")
        run.call("worker", {"do": "look"})
        run.call("worker", {"do": "panic"})
        line = run.said("  ok  ")
        assert "cold " in line
        assert "/256 MB" in line
        run.said("│ doing look")
        failed = run.said("  error  ")
        assert "oh no" in failed
        run.said("╰ AWS answers 200, X-Amz-Function-Error: Unhandled")
        run.call("worker", {})
        assert run.end() == 0
        # aws-lambda-go registered for SIGTERM
        run.said("asked to end")


@needs_go
@posix
def test_reports(worker: Path) -> None:
    with running(worker, "--report", as_json=False) as run:
        run.call("worker", {"do": "look"})
        run.said("REPORT RequestId:")
        assert run.end(signal.SIGTERM) == 0
        lines = [line.rstrip("\n") for line in run.out]
    assert lines[0] == "EXTENSION\tName: GoLangSIGTERM\tState: Ready\tEvents: []" or lines[0].startswith(
        "EXTENSION"
    )
    assert lines[1].startswith("START RequestId: ")
    assert lines[1].endswith(" Version: $LATEST")
    assert lines[2] == "doing look"
    assert lines[3].startswith("END RequestId: ")
    assert lines[4].startswith("REPORT RequestId: ")
    assert lines[4].endswith(" ms\t")
    assert "\tInit Duration: " in lines[4]


@needs_go
@posix
def test_the_second_signal_ends_it_at_once(worker: Path) -> None:
    live = running(worker, "--report", as_json=False)
    with live as run, concurrent.futures.ThreadPoolExecutor() as threads:
        run.call("worker")
        call = threads.submit(run.call, "worker", {"do": "sleep", "n": 30_000})
        run.said("doing sleep")
        # both wait for it when it goes on: the calls' time to end cannot be over before the second one
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            run.process.send_signal(number)
        assert run.process.wait(60) == 130
        run.said("ending")
        assert call.result().headers["x-amzn-ErrorType"] == "ServiceException"


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_each_signal_is_heard_twice(number: signal.Signals) -> None:
    async def scenario() -> None:
        stopped = asyncio.Event()
        signals = Signals(stopped)
        with signals:
            os.kill(os.getpid(), number)
            await asyncio.wait_for(stopped.wait(), 60)
            assert not signals.again.is_set()
            os.kill(os.getpid(), number)
            await asyncio.wait_for(signals.again.wait(), 60)

    asyncio.run(scenario())


@needs_go
@posix
def test_it_ends_when_nobody_reads_its_lines(worker: Path) -> None:
    reading, writing = os.pipe()
    with running(worker, as_json=False, out=writing) as run:
        os.close(reading)
        os.close(writing)
        got = run.call("worker")
        assert got.status == 200
        assert run.process.wait(60) == 4


@needs_go
def test_words_of_levels(worker: Path) -> None:
    with running(worker, "--log-level", "debug", as_json=False) as run:
        run.call("worker")
        run.said("worker env 1: starts (init)")
        run.said("worker env 1: init success after")
    with running(worker, as_json=False, env={"LOG_LEVEL": "error"}) as run:
        run.call("worker")
        run.call("worker", {"do": "error"})
        run.said("  error  ")
        assert not [line for line in run.out if "  ok  " in line]


@needs_go
def test_a_reserved_concurrency_throttles(worker: Path, tmp_path: Path) -> None:
    shutil.copytree(worker / "worker", tmp_path / "worker")
    (tmp_path / "onezip.toml").write_text(PROJECT + "[functions.worker.deploy]\nconcurrency = 0\n")
    with running(tmp_path) as run:
        got = run.call("worker")
        assert (got.status, got.value["Reason"]) == (
            429,
            "ReservedFunctionConcurrentInvocationLimitExceeded",
        )


@needs_go
@posix
def test_nothing_outlives_it(worker: Path) -> None:
    with running(worker) as run:
        run.call("worker", {"do": "look"})
        (one,) = run.records(1)
        assert one["sha256"] == run.ready["functions"][0]["sha256"]
        before = _children(run.process.pid)
        assert before
        run.process.kill()
        run.process.wait()
    until(lambda: not any(alive(pid) for pid in before))


@needs_go
@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="/proc: Linux is needed")
def test_ten_thousand_invocations_leave_nothing_behind(worker: Path) -> None:
    def taken(run: Run) -> tuple[int, int]:
        status = Path(f"/proc/{run.process.pid}/status").read_text()
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
        return resident, len(os.listdir(f"/proc/{run.process.pid}/fd"))

    with running(worker, "--concurrency", "1", as_json=False) as run:
        for _ in range(1000):
            run.call("worker")
        time.sleep(0.5)  # connections that the callers closed are closed here too
        before = taken(run)
        assert before[0] <= 45 * 1024
        for _ in range(10_000):
            assert run.call("worker").status == 200
        until(lambda: taken(run)[1] <= before[1])
        assert taken(run)[0] - before[0] <= 2 * 1024


def _children(pid: int) -> list[int]:
    """All processes below one."""
    from onezip.emulator.running import tree

    return [each.pid for each in tree.descendants(pid, tree.processes())]


def test_a_python_function(tmp_path: Path) -> None:
    (tmp_path / "onezip.toml").write_text(PYTHON.format(sys.version_info[1]), encoding="utf-8")
    shutil.copytree(SAMPLES / "python_lambda", tmp_path / "app")
    with running(tmp_path, "--concurrency", "1") as run:
        got = run.call(
            "app", {"do": "look"}, X_Amz_Client_Context=base64.b64encode(b'{"custom":{"a":1}}').decode()
        )
        assert got.error is None, got.body
        assert (got.value["count"], got.value["client"]) == (1, {"a": 1})
        assert 0 < got.value["left"] <= 60_000
        failed = run.call("app", {"do": "error"})
        assert failed.error == "Unhandled"
        assert (failed.value["errorType"], failed.value["errorMessage"]) == ("ValueError", "boom")
        assert run.call("app", {"do": "bytes"}).value["errorType"] == "Runtime.MarshalError"
        assert run.call("app", {"do": "exit", "n": 5}).value["errorType"] == "Runtime.ExitError"
        if os.name == "posix":
            killed = run.call("app", {"do": "kill"})
            assert killed.value["errorMessage"].endswith("Runtime exited with error: signal: killed")
        assert run.call("app", {}).value["count"] == 1
        assert "doing look" in run.records(1)[0]["lines"]


# ---- the command line -----------------------------------------------------------------------------------


def plain(folder: Path, script: str = "#!/bin/sh\nexit 3\n") -> Path:
    """A project with a ready bootstrap."""
    (folder / "bootstrap").write_text(script)
    (folder / "onezip.toml").write_text('[functions.ready]\nsource = "bootstrap"\nlanguage = "prebuilt"\n')
    return folder


WRONG: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (("--timeout", "0"), {}, "--timeout is 0"),
    (("--memory", "1"), {}, "--memory is 1"),
    ((), {"AWS_LAMBDA_FUNCTION_TIMEOUT": "soon"}, "AWS_LAMBDA_FUNCTION_TIMEOUT='soon' is no whole number"),
    ((), {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "7"}, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE is 7"),
    ((), {"_LAMBDA_SERVER_PORT": "x"}, "_LAMBDA_SERVER_PORT='x' is no whole number"),
    ((), {"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'loud'"),
    (("--env", "A"), {}, "--env 'A' has no value"),
    (("--env-file", "nothing"), {}, "there is no nothing"),
    (("--concurrency", "0"), {}, "--concurrency is 0"),
    (("--aws-credentials",), {"AWS_ACCESS_KEY_ID": ""}, "there are none in your environment"),
    (("nobody",), {}, "no function 'nobody'"),
]


@pytest.mark.parametrize(("words", "env", "told"), WRONG)
def test_wrong_command_lines(tmp_path: Path, words: tuple[str, ...], env: dict[str, str], told: str) -> None:
    got = onezip(plain(tmp_path), "run", *words, env=env)
    assert got.code == 2, got.err
    assert told in got.err


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        got = onezip(plain(tmp_path), "run", "--lambda-port", port)
        assert got.code == 4
        assert "cannot be listened on" in got.err
        assert "--lambda-port" in got.err
        other.close()


@posix
def test_limits_and_variables_of_a_run(tmp_path: Path) -> None:
    script = (
        "#!/bin/sh\nset -e\nat=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\nwhile :; do\n"
        "id=$(curl -sS -D - -o /dev/null $at/invocation/next | tr -d '\\r' | "
        "sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')\n"
        'env | curl -sS -o /dev/null --data-binary @- "$at/invocation/$id/response"\ndone\n'
    )
    if not shutil.which("curl"):
        pytest.skip("no curl: apt-get install curl")
    folder = plain(tmp_path, script)
    (folder / ".env").write_text("# a comment\nexport A='1 # 2'\nB=\"x\\ny\"\nC=plain # comment\n")
    env = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_FUNCTION_TIMEOUT": "77", "GIVEN": "yes",
           "HIDDEN": "no"}  # fmt: skip
    words = ("--memory", "1024", "--pass-env", "GIVEN", "--env", "C=flag")
    with running(folder, *words, env=env) as run:
        told = run.ready["functions"][0]
        assert (told["memory"], told["timeout"]) == (1024, 77)
        got = run.call("ready").body.decode().splitlines()
    assert {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1024", "A=1 # 2", "B=x", "y", "C=flag", "GIVEN=yes"} <= set(got)
    assert not [line for line in got if line.startswith("HIDDEN")]


def test_a_machine_that_cannot_run_a_function_says_so(tmp_path: Path) -> None:
    other = next(one for one in Architecture if one is not HERE)
    if shutil.which(f"qemu-{other.machine}-static") or shutil.which(f"qemu-{other.machine}"):
        pytest.skip("qemu-user is here, which can run it")
    header = bytearray(64)  # of an ELF executable (System V ABI, chapter 4)
    header[:20] = (
        b"\x7fELF\x02\x01\x01"
        + bytes(9)
        + b"\x02\x00"
        + (62 if other == "x86_64" else 183).to_bytes(2, "little")
    )
    header[52:54] = (64).to_bytes(2, "little")
    (tmp_path / "bootstrap").write_bytes(bytes(header))
    (tmp_path / "onezip.toml").write_text(
        f'[functions.ready]\nsource = "bootstrap"\nlanguage = "prebuilt"\narchitecture = "{other}"\n'
    )
    with running(tmp_path) as run:
        got = run.call("ready")
        assert (got.status, got.headers["x-amzn-ErrorType"]) == (502, "ServiceException")
        assert "does not run on" in got.value["Message"]
        run.said("qemu")
        assert run.records(1)[0]["reason"] == "here"


def test_a_build_that_fails_leaves_the_others_served(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    with open(folder / "onezip.toml", "a") as file:
        file.write('[functions.broken]\nsource = "broken"\nlanguage = "command"\n'
                   '[functions.broken.command]\nrun = ["false"]\ninputs = ["*"]\noutput = "x"\n')  # fmt: skip
    (folder / "broken").mkdir()
    (folder / "broken/input").touch()
    with running(folder) as run:
        got = run.call("broken")
        assert (got.status, got.headers["x-amzn-ErrorType"]) == (502, "ServiceException")
        assert run.call("ready").error == "Unhandled"
    assert onezip(folder, "run", "broken").code == 4
    told = onezip(folder, "invoke", "broken", "--json")
    assert (told.code, told.result, told.diagnostics[-1]["severity"]) == (4, None, "error")


def rust() -> Path:
    """The Rust function's program, built once and kept."""
    kept = CACHE / "rust-lambda"
    program = kept / "target/release/bootstrap"
    if not program.exists():
        cargo = shutil.which("cargo")
        if cargo is None:
            pytest.skip("no cargo: https://rustup.rs")
        shutil.copytree(SAMPLES / "rust_lambda", kept / "source", dirs_exist_ok=True)
        subprocess.run(
            [cargo, "build", "--release", "--quiet", "--target-dir", str(kept / "target")],
            cwd=kept / "source",
            check=True,
        )
    return program


@pytest.mark.ring2
@pytest.mark.skipif(sys.platform != "linux", reason="the program is built for this machine: Linux is needed")
def test_a_rust_function(tmp_path: Path) -> None:
    shutil.copy(rust(), tmp_path / "bootstrap")
    (tmp_path / "onezip.toml").write_text(
        f'[functions.ready]\nsource = "bootstrap"\nlanguage = "prebuilt"\narchitecture = "{HERE}"\n'
        "timeout = 60\n"
    )
    with running(tmp_path) as run:
        got = run.call("ready", {"do": "look"})
        assert got.error is None, got.body
        assert got.value["id"] == got.headers["x-amzn-RequestId"]
        assert got.value["arn"].endswith(":function:ready")
        failed = run.call("ready", {"do": "error"})
        assert (failed.error, failed.value["errorMessage"]) == ("Unhandled", "boom")
        panicked = run.call("ready", {"do": "panic"})
        assert (panicked.error, "oh no" in panicked.value["errorMessage"]) == ("Unhandled", True)
        assert run.call("ready", {"do": "exit"}).value["errorMessage"].endswith("exit status 5")
        assert run.call("ready").error is None
