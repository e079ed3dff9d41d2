"""The environment variables of a function, exactly those of Lambda.  [pure]

Source: "Defined runtime environment variables" (Developer Guide) and dumps recorded from the service for
`provided.al2023` and `python3.12` in January 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onezip.emulator.running.sandbox import OPT, RUNTIME, TASK, Places
from onezip.model.function import Function

RUNTIME_API = "AWS_LAMBDA_RUNTIME_API"

REGION = "us-east-1"
"""The Region where nobody named one."""

NO_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "ASIAONEZIPNOTREALKEY",
    "AWS_SECRET_ACCESS_KEY": "onezip/passes/no/credentials/of/yours/on",
    "AWS_SESSION_TOKEN": "onezip-passes-no-credentials-of-yours-on",
}
"""What a function gets where no credentials were asked for.

Their form is right and their content is not: a call of AWS fails at once with AWS's own words. Empty ones
confuse the SDKs, and without any an SDK looks for a metadata service until it gives up.
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """What one environment is told beside its function: Region, log stream, credentials and more.

    credentials are AWS_ACCESS_KEY_ID and its like, empty for none; extra are variables that the user gave
    for this run, which win over all others.
    """

    runtime_api: str
    log_stream: str
    region: str = REGION
    credentials: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    version: str = "$LATEST"


def variables(function: Function, identity: Identity, places: Places) -> dict[str, str]:
    """All variables of a function's process. The address of the Runtime API cannot be overridden."""
    found = {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": identity.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.limits.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": identity.log_stream,
        "AWS_REGION": identity.region,
        "AWS_DEFAULT_REGION": identity.region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "_HANDLER": function.handler.text,
        "LAMBDA_TASK_ROOT": places.task,
        "LAMBDA_RUNTIME_DIR": places.runtime,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": _path("/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin", places),
        "LD_LIBRARY_PATH": _path(
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
            places,
        ),
        **(identity.credentials or NO_CREDENTIALS),
    }
    if function.runtime.python is not None:
        found["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{function.runtime.id}"
        found["PYTHONPATH"] = places.runtime
        found["LC_CTYPE"] = "C.UTF-8"
        found["PWD"] = places.task
        found["SHLVL"] = "0"
    return {
        **found,
        **{name: value for name, value in function.environment.items() if name not in _OURS},
        **identity.extra,
        RUNTIME_API: identity.runtime_api,
    }


_OURS = frozenset({"_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"})


def _path(known: str, places: Places) -> str:
    """A list of folders as the function sees them; what is not there is left out."""
    moved = {TASK: places.task, RUNTIME: places.runtime, OPT: places.opt}
    found = []
    for folder in known.split(":"):
        root = next((root for root in moved if folder == root or folder.startswith(f"{root}/")), "")
        if not root:
            found.append(folder)
        elif moved[root]:
            found.append(moved[root] + folder.removeprefix(root))
    return ":".join(found)
