"""Lambda's limits and runtimes: data with a date, never a reason to refuse a build by itself.

Sources: the "Lambda quotas" and "Lambda runtimes" pages of the AWS Lambda Developer Guide, the service's
API model, and cfn-lint's lifecycle data. AWS moves these dates; `AS_OF` says when they were read.
"""

from __future__ import annotations

from datetime import date

from onezip.errors import Diagnostic, Severity
from onezip.model.function import Architecture, Runtime
from onezip.model.place import Place

AS_OF = date(2026, 11, 21)

MIB = 1024 * 1024

ZIPPED_DIRECT = 50 * MIB
"""Largest zip that CreateFunction and UpdateFunctionCode take in the request itself, in bytes."""

UNZIPPED = 250 * MIB
"""Largest unzipped size of function and layers together: 262,144,000 bytes."""

LAYERS = 5
"""Most layers of a function."""

CLOUDFORMATION_INLINE = 4 * MIB
"""Largest `ZipFile` in a CloudFormation template, in bytes."""

MEMORY = (128, 10_240)
"""MemorySize in MB, both ends included."""

TIMEOUT = (1, 900)
"""Timeout in seconds, both ends included."""

TMP = (512, 10_240)
"""EphemeralStorage in MB, both ends included."""

ENVIRONMENT = 4096
"""All environment variables together, in bytes."""

HANDLER = 128
"""Longest handler, in characters."""

FUNCTION_NAME = 64
"""Longest function name, in characters."""

RESERVED_VARIABLES = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
})  # fmt: skip
"""Variables that a function may not define (Developer Guide, "Defined runtime environment variables")."""

_AL1, _AL2, _AL2023 = ("al1", (2, 17)), ("al2", (2, 26)), ("al2023", (2, 34))
_X86 = (Architecture.X86_64,)
_BOTH = (Architecture.X86_64, Architecture.ARM64)


def _runtime(
    identifier: str,
    system: tuple[str, tuple[int, int]],
    dates: tuple[date, date, date] | None,
    *,
    python: tuple[int, int] | None = None,
    architectures: tuple[Architecture, ...] = _BOTH,
    preview: bool = False,
) -> Runtime:
    deprecated, create, update = dates or (None, None, None)
    return Runtime(
        identifier, *system, python, architectures, deprecated, create, update, preview
    )  # fmt: skip


_LATE_CREATE, _LATE_UPDATE = date(2027, 2, 1), date(2027, 3, 3)

RUNTIMES: dict[str, Runtime] = {
    runtime.id: runtime
    for runtime in (
        _runtime("provided.al2023", _AL2023, (date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31))),
        _runtime("provided.al2", _AL2, (date(2026, 7, 31), _LATE_CREATE, _LATE_UPDATE)),
        _runtime("provided", _AL1, (date(2024, 1, 8), date(2024, 2, 8), _LATE_UPDATE), architectures=_X86),
        _runtime("go1.x", _AL1, (date(2024, 1, 8), date(2024, 2, 8), _LATE_UPDATE), architectures=_X86),
        _runtime("python3.8", _AL2, (date(2024, 10, 14), _LATE_CREATE, _LATE_UPDATE), python=(3, 8)),
        _runtime("python3.9", _AL2, (date(2025, 12, 15), _LATE_CREATE, _LATE_UPDATE), python=(3, 9)),
        _runtime("python3.10", _AL2, (date(2026, 10, 31), _LATE_CREATE, _LATE_UPDATE), python=(3, 10)),
        _runtime(
            "python3.11", _AL2, (date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 31)), python=(3, 11)
        ),
        _runtime(
            "python3.12", _AL2023, (date(2028, 10, 31), date(2028, 11, 30), date(2029, 1, 10)), python=(3, 12)
        ),
        _runtime(
            "python3.13", _AL2023, (date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31)), python=(3, 13)
        ),
        _runtime(
            "python3.14", _AL2023, (date(2029, 6, 30), date(2029, 7, 31), date(2029, 8, 31)), python=(3, 14)
        ),
        _runtime("python3.15", _AL2023, None, python=(3, 15), preview=True),
    )
}
"""The runtimes onezip builds for, by identifier."""

NEWEST_PYTHON = "python3.14"
"""The newest Python runtime that is not a preview."""

GO_RUNTIME = "provided.al2023"
"""The runtime for Go, and for every function that brings its own bootstrap."""


def notice(runtime: Runtime, today: date, place: Place | None = None) -> Diagnostic | None:
    """A warning for a runtime that AWS has deprecated, or a note for a preview; None where all is well."""
    if runtime.preview:
        return Diagnostic(
            "runtime.deprecated",
            Severity.NOTE,
            f"{runtime.id} is a preview: AWS says it is not for production",
            place,
        )
    if runtime.deprecated is None or today < runtime.deprecated:
        return None
    newest = GO_RUNTIME if runtime.os_only else NEWEST_PYTHON
    dates = [
        f"{what} is blocked from {day.isoformat()}"
        for what, day in (("creating", runtime.block_create), ("updating", runtime.block_update))
        if day is not None
    ]
    return Diagnostic(
        "runtime.deprecated",
        Severity.WARNING,
        f"AWS deprecated {runtime.id} on {runtime.deprecated.isoformat()}"
        + "".join(f"; {text}" for text in dates)
        + f" (as known on {AS_OF.isoformat()})",
        place,
        f'write runtime = "{newest}"',
    )
