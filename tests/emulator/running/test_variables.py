"""The environment of a function, name by name."""

from __future__ import annotations

import re

from emulator.running.stage import function
from onezip.emulator.running.sandbox import Isolation, places
from onezip.emulator.running.variables import NO_CREDENTIALS, Identity, variables

IDENTITY = Identity("127.0.0.1:9001", "2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef")
INSIDE = places(Isolation.BUBBLEWRAP, "/cache/x")

PROVIDED = {
    "AWS_ACCESS_KEY_ID": "ASIAONEZIPNOTREALKEY",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_FUNCTION_NAME": "fn",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/fn",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_REGION": "us-east-1",
    "AWS_SECRET_ACCESS_KEY": "onezip/passes/no/credentials/of/yours/on",
    "AWS_SESSION_TOKEN": "onezip-passes-no-credentials-of-yours-on",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LANG": "en_US.UTF-8",
    "LD_LIBRARY_PATH": (
        "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
    ),
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "TZ": ":UTC",
    "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
    "_AWS_XRAY_DAEMON_PORT": "2000",
    "_HANDLER": "bootstrap",
}  # fmt: skip


def test_an_os_only_runtime() -> None:
    assert variables(function(), IDENTITY, INSIDE) == PROVIDED


def test_python() -> None:
    fn = function(runtime="python3.12", handler="app.handler")
    more = {
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "PYTHONPATH": "/var/runtime",
        "LC_CTYPE": "C.UTF-8",
        "PWD": "/var/task",
        "SHLVL": "0",
        "_HANDLER": "app.handler",
    }
    assert variables(fn, IDENTITY, INSIDE) == PROVIDED | more


def test_credentials_that_were_not_asked_for_are_well_formed_and_false() -> None:
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", NO_CREDENTIALS["AWS_ACCESS_KEY_ID"])
    assert len(NO_CREDENTIALS["AWS_SECRET_ACCESS_KEY"]) == 40


def test_what_was_given_wins() -> None:
    fn = function(environment={"TABLE": "t", "TZ": "Europe/Berlin", "_HANDLER": "no", "A": "function"})
    given = Identity(
        "127.0.0.1:9001",
        "s",
        region="eu-central-1",
        credentials={"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"},
        extra={"A": "run", "AWS_LAMBDA_RUNTIME_API": "elsewhere:1", "AWS_REGION": "us-west-2"},
    )
    found = variables(fn, given, INSIDE)
    assert {name: found[name] for name in ("TABLE", "TZ", "_HANDLER", "A")} == {
        "TABLE": "t", "TZ": "Europe/Berlin", "_HANDLER": "bootstrap", "A": "run",
    }  # fmt: skip
    assert found["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"
    assert (found["AWS_REGION"], found["AWS_DEFAULT_REGION"]) == ("us-west-2", "eu-central-1")
    assert found["AWS_ACCESS_KEY_ID"] == "AKIA"
    assert "AWS_SESSION_TOKEN" not in found


def test_paths_of_the_host_where_nothing_is_mounted() -> None:
    plain = places(Isolation.PLAIN, "/cache/x", "/cache/rt", "")
    found = variables(function(runtime="python3.12"), IDENTITY, plain)
    assert found["LAMBDA_TASK_ROOT"] == found["PWD"] == "/cache/x"
    assert found["PYTHONPATH"] == "/cache/rt"
    assert found["LD_LIBRARY_PATH"] == (
        "/var/lang/lib:/lib64:/usr/lib64:/cache/rt:/cache/rt/lib:/cache/x:/cache/x/lib"
    )
    assert found["PATH"] == "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin"
