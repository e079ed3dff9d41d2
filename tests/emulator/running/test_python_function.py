"""A Python function through awslambdaric and through onezip's own client: the same answers from both."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from emulator.running.stage import PATIENCE, RuntimeApi, Seen, function, host, runtime_api, started, zipped
from onezip.emulator.environments.output import Exit
from onezip.emulator.running import program as programs
from onezip.emulator.running.artifact import unpacked
from onezip.emulator.running.launcher import Launcher, Wishes
from onezip.emulator.running.program import Program
from onezip.emulator.running.runtime_folder import ENTRY
from onezip.emulator.running.sandbox import Isolation
from onezip.limits import RUNTIMES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

MINOR = sys.version_info[1]
RUNTIME = f"python3.{MINOR}"
CLIENTS = ["awslambdaric", "own"]

MARSHAL, UNMARSHAL = "Unable to marshal response: ", "Unable to unmarshal input: "
IMPORT = "Runtime.ImportModuleError"


def unable(module: str, missing: str) -> tuple[str, str]:
    """The error of an import."""
    return IMPORT, f"Unable to import module '{module}': No module named '{missing}'"


APP = """
import collections, decimal, json, logging, os, sys
import helper

COUNT = 0
Point = collections.namedtuple("Point", "x y")

class Trouble(Exception):
    pass

def handler(event, context):
    global COUNT
    COUNT += 1
    do = event["do"]
    if do == "echo":
        return event
    if do == "count":
        return COUNT
    if do == "context":
        print("said by print")
        logging.getLogger().warning("said by logging")
        return [
            context.aws_request_id, context.invoked_function_arn, context.function_name,
            context.function_version, context.memory_limit_in_mb, context.log_group_name,
            context.log_stream_name, 0 < context.get_remaining_time_in_millis() <= 600_000,
            context.identity.cognito_identity_id, context.client_context,
            os.environ.get("_X_AMZN_TRACE_ID"),
        ]
    if do == "client":
        return [context.client_context.client.app_title, context.client_context.custom,
                context.identity.cognito_identity_pool_id]
    if do == "path":
        return {"path": sys.path, "cwd": os.getcwd(), "helper": helper.__file__, "argv": sys.argv[1:],
                "exit": callable(exit), "onezip": "onezip" in sys.modules, "env": dict(os.environ)}
    if do == "import":
        return __import__(event["name"]).__name__
    if do == "types":
        return {"d": decimal.Decimal("1.5"), "i": decimal.Decimal("3"), "p": Point(1, (2, 3)),
                "u": "ü", "n": None, 1: True}
    if do == "bytes":
        return b"\\x00\\xff"
    if do == "set":
        return {1, 2}
    if do == "raise":
        raise Trouble("no \\"luck\\" ü")
    if do == "exit":
        sys.exit(7)
    if do == "_exit":
        os._exit(0)
    if do == "segv":
        os.kill(os.getpid(), 11)
    if do == "write":
        open("/var/task/x", "w")
"""


@dataclass
class Function:
    """A function that runs: its Runtime API, what it wrote and how it ended."""

    api: RuntimeApi
    seen: Seen
    program: Program

    async def invoke(self, event: Any, **headers: str) -> tuple[str, dict[str, Any], bytes]:
        """One invocation, in a thread: the loop must hear the function meanwhile."""
        return await asyncio.to_thread(self.api.invoke, event, **headers)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cache folder with one installed awslambdaric for all tests."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    """A Runtime API."""
    with runtime_api() as made:
        yield made


def without_awslambdaric(program: Program, folder: Path) -> Program:
    """The same program with a runtime folder that has only our own file, as where there is no wheel."""
    folder.mkdir()
    shutil.copy(os.path.join(program.runtime, ENTRY), folder / ENTRY)
    moved = [word.replace(program.runtime, str(folder)) for word in program.argv]
    there = program.places._replace(runtime=program.places.runtime.replace(program.runtime, str(folder)))
    return replace(program, argv=tuple(moved), places=there, runtime=str(folder))


def play(
    way: Isolation, client: str, cache: str, tmp_path: Path, api: RuntimeApi, scene: Any,
    files: dict[str, str] | None = None, handler: str = "app.handler", **more: Any,
) -> Any:  # fmt: skip
    """Start a function of these files, and play a scene with it."""
    names: dict[str, Any] = {"app.py": APP, "helper.py": "", **(files or {})}
    artifact = unpacked(zipped(tmp_path / "f.zip", names), cache)
    wishes = Wishes(extra=more.pop("extra", {}))
    fn = function(runtime=more.pop("runtime", RUNTIME), handler=handler, **more)

    async def run() -> Any:
        here = await host(way)
        launcher = Launcher(fn, artifact, here, cache, wishes)
        program = await launcher.program()
        if client == "own":
            launcher._program = without_awslambdaric(program, tmp_path / "runtime")
        elif not any(name.startswith("awslambdaric") for name in os.listdir(program.runtime)):
            pytest.skip(f"awslambdaric cannot be installed here: {program.notes}")
        sandbox = await launcher(api.address, "stream")
        _, seen = await started(sandbox)
        try:
            return await scene(Function(api, seen, program))
        finally:
            await sandbox.close()
            await here.close()
            artifact.close()

    return asyncio.run(run())


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("way", list(Isolation))
def test_answers(way: Isolation, client: str, cache: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(fn: Function) -> None:
        path, headers, body = await fn.invoke({"do": "echo", "deep": [1, {"ü": "\u2028"}]})
        assert path == "/2018-06-01/runtime/invocation/id-1/response"
        assert json.loads(body) == {"do": "echo", "deep": [1, {"ü": "\u2028"}]}
        assert headers["content-type"] == "application/json"
        _, _, body = await fn.invoke({"do": "types"})
        assert json.loads(body) == {
            "d": 1.5, "i": 3, "p": {"x": 1, "y": [2, 3]}, "u": "ü", "n": None, "1": True,
        }  # fmt: skip
        assert body == json.dumps(json.loads(body), ensure_ascii=MINOR < 12).encode()
        _, headers, body = await fn.invoke({"do": "bytes"})
        assert (headers["content-type"], body) == ("application/unknown", b"\x00\xff")
        assert (await fn.invoke({"do": "count"}))[2] == b"4"

    play(way, client, cache, tmp_path, api, scene)


@pytest.mark.parametrize("client", CLIENTS)
def test_context_and_log(client: str, cache: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(fn: Function) -> None:
        _, _, body = await fn.invoke({"do": "context"})
        assert json.loads(body) == [
            "id-1", "arn:aws:lambda:us-east-1:000000000000:function:fn", "fn", "$LATEST", "128",
            "/aws/lambda/fn", "stream", True, None, None,
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1",
        ]  # fmt: skip
        await fn.seen.said("[WARNING]\t")
        assert fn.seen.out[0] == "said by print"
        assert fn.seen.out[1].split("\t")[2:] == ["id-1", "said by logging"]
        given = {
            "Lambda_Runtime_Client_Context": '{"client": {"app_title": "a"}, "custom": {"b": 1}}',
            "Lambda_Runtime_Cognito_Identity": '{"cognitoIdentityPoolId": "pool"}',
        }
        assert json.loads((await fn.invoke({"do": "client"}, **given))[2]) == ["a", {"b": 1}, "pool"]

    play(Isolation.PLAIN, client, cache, tmp_path, api, scene)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"do": "raise"}, ("Trouble", 'no "luck" ü')),
        ({"do": "set"}, ("Runtime.MarshalError", f"{MARSHAL}Object of type set is not JSON serializable")),
        (b"{no json", ("Runtime.UnmarshalError", f"{UNMARSHAL}Expecting property name enclosed in double")),
        ({}, ("KeyError", "'do'")),
    ],
)  # fmt: skip
def test_errors(
    client: str, event: Any, error: tuple[str, str], cache: str, tmp_path: Path, api: RuntimeApi
) -> None:
    async def scene(fn: Function) -> None:
        path, _, body = await fn.invoke(event)
        told = json.loads(body)
        assert path == "/2018-06-01/runtime/invocation/id-1/error"
        assert sorted(told) == ["errorMessage", "errorType", "requestId", "stackTrace"]
        assert (told["errorType"], told["requestId"]) == (error[0], "id-1")
        assert told["errorMessage"].startswith(error[1])
        if not error[0].startswith("Runtime."):
            assert told["stackTrace"][0].split(",")[0].endswith('/app.py"')
            assert "bootstrap.py" not in "".join(told["stackTrace"])
        await fn.seen.said(f"[ERROR] {error[0]}: {error[1]}")
        assert (await fn.invoke({"do": "echo"}))[0].endswith("/response")

    play(Isolation.PLAIN, client, cache, tmp_path, api, scene)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("handler", "source", "error"),
    [
        ("absent.handler", "", unable("absent", "absent")),
        ("app.absent", "", ("Runtime.HandlerNotFound", "Handler 'absent' missing on module 'app'")),
        ("app", "", ("Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack")),
        ("sys.exit", "", ("Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as")),
        ("app.handler", "def (", ("Runtime.UserCodeSyntaxError", "Syntax error in module 'app': ")),
        ("app.handler", "import nothing_like_it", unable("app", "nothing_like_it")),
        ("app.handler", "1 / 0", ("ZeroDivisionError", "division by zero")),
        ("app.handler", "import onezip", unable("app", "onezip")),
        ("app.handler", "import pytest", unable("app", "pytest")),
    ],
)  # fmt: skip
def test_a_module_that_does_not_load(
    client: str,
    handler: str,
    source: str,
    error: tuple[str, str],
    cache: str,
    tmp_path: Path,
    api: RuntimeApi,
) -> None:
    async def scene(fn: Function) -> None:
        path, headers, body = await asyncio.to_thread(api.answers.get, timeout=PATIENCE)
        assert path == "/2018-06-01/runtime/init/error"
        told = json.loads(body)
        assert (told["errorType"], told["requestId"]) == (error[0], "")
        assert told["errorMessage"].startswith(error[1])
        assert headers["lambda-runtime-function-error-type"] == error[0]
        await asyncio.wait_for(fn.seen.over.wait(), PATIENCE)
        assert fn.seen.exit == Exit(1)

    files = {"app.py": source} if source else {}
    play(Isolation.PLAIN, client, cache, tmp_path, api, scene, files, handler)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("do", "ended"), [("exit", Exit(7)), ("_exit", Exit(0)), ("segv", Exit(None, 11))])
def test_ends(do: str, ended: Exit, client: str, cache: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(fn: Function) -> None:
        api.events.put(("id-1", json.dumps({"do": do}).encode(), {}))
        await asyncio.wait_for(fn.seen.over.wait(), PATIENCE)
        assert fn.seen.exit == ended
        assert api.answers.empty()

    play(Isolation.BUBBLEWRAP, client, cache, tmp_path, api, scene)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("way", [Isolation.BUBBLEWRAP, Isolation.NAMESPACES])
def test_the_surroundings_are_lambdas(
    way: Isolation, client: str, cache: str, tmp_path: Path, api: RuntimeApi
) -> None:
    async def scene(fn: Function) -> None:
        found = json.loads((await fn.invoke({"do": "path"}))[2])
        assert found["path"][:2] == ["/var/task", "/var/runtime"]
        assert not any("site-packages" in each or "onezip" in each for each in found["path"])
        assert (found["cwd"], found["helper"]) == ("/var/task", "/var/task/helper.py")
        assert (found["exit"], found["onezip"]) == (True, False)
        names = set(found["env"]) - {"_X_AMZN_TRACE_ID"}
        assert names - set(os.environ) >= {"AWS_LAMBDA_RUNTIME_API", "_HANDLER", "AWS_EXECUTION_ENV"}
        assert found["env"]["PYTHONPATH"] == "/var/runtime"
        assert "VIRTUAL_ENV" not in names
        told = json.loads((await fn.invoke({"do": "write"}))[2])
        assert told["errorMessage"] == "[Errno 30] Read-only file system: '/var/task/x'"
        if client == "awslambdaric":
            assert (await fn.invoke({"do": "import", "name": "boto3"}))[2] == b'"boto3"'

    play(way, client, cache, tmp_path, api, scene)


def test_plain_leaves_no_bytecode_in_the_code(cache: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(fn: Function) -> None:
        found = json.loads((await fn.invoke({"do": "path"}))[2])
        assert found["path"][0] == found["cwd"]
        assert sorted(os.listdir(found["cwd"])) == ["app.py", "helper.py"]

    play(Isolation.PLAIN, "awslambdaric", cache, tmp_path, api, scene)


@pytest.mark.parametrize("way", [Isolation.BUBBLEWRAP, Isolation.PLAIN])
@pytest.mark.parametrize(
    ("wrapper", "code", "ended"),
    [
        ("/var/task/absent", None, Exit(127)),
        ("/var/task/plain", 0o644, Exit(126)),
        ("/var/task/wrapper", 0o755, None),
    ],
)
def test_exec_wrapper(
    way: Isolation,
    wrapper: str,
    code: int | None,
    ended: Exit | None,
    cache: str,
    tmp_path: Path,
    api: RuntimeApi,
) -> None:
    name = os.path.basename(wrapper)
    text = '#!/bin/sh\necho "wrapped $*"\nexec "$@"\n'
    path = zipped(
        tmp_path / "f.zip",
        {"app.py": APP, "helper.py": "", name if code else "x": text},
        {name: code or 0o644},
    )

    async def run() -> None:
        artifact = unpacked(path, cache)
        here = await host(way)
        fn = function(runtime=RUNTIME, handler="app.handler", environment={programs.WRAPPER: wrapper})
        sandbox = await Launcher(fn, artifact, here, cache)(api.address, "stream")
        _, seen = await started(sandbox)
        if ended is None:
            body = (await asyncio.to_thread(api.invoke, {"do": "count"}))[2]
            assert body == b"1"
            await seen.said("wrapped ")
            assert "/bootstrap.py" in seen.out[0]
            assert seen.out[0].startswith("wrapped /")
        else:
            await asyncio.wait_for(seen.over.wait(), PATIENCE)
            assert seen.exit == ended
        await sandbox.close()
        await here.close()
        artifact.close()

    asyncio.run(run())


@pytest.mark.ring2
@pytest.mark.parametrize("runtime", [name for name, each in RUNTIMES.items() if each.python])
def test_every_version_that_is_here(runtime: str, cache: str, tmp_path: Path) -> None:
    python = RUNTIMES[runtime].python

    async def scene(fn: Function) -> None:
        if f"Python {python[0]}.{python[1]}." not in fn.program.label:  # type: ignore[index]
            assert f"is for Python 3.{python[1]}, and runs on" in fn.program.notes[0]  # type: ignore[index]
        assert (await fn.invoke({"do": "count"}))[2] == b"1"

    for client in CLIENTS:
        here = tmp_path / client
        here.mkdir()
        with runtime_api() as api:
            play(Isolation.PLAIN, client, cache, here, api, scene, runtime=runtime)
