"""AWS's own words: every error body and message of the Invoke API and the Runtime API, in one place.  [pure]

Bodies of the Invoke API are those of the service; bodies of the Runtime API end with a line break, as the
environment's own server writes them. A wording that was never seen from the service itself says so here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

REQUEST_LIMIT = 6_291_456
"""Largest payload of a synchronous invocation, in bytes ("Lambda quotas", AWS Lambda Developer Guide)."""

EVENT_LIMIT = 1_048_576
"""Largest payload of an asynchronous invocation, in bytes (1 MB since 2025)."""

RESPONSE_LIMIT = 6_291_556
"""Largest response of a function, in bytes."""

STREAM_LIMIT = 209_715_200
"""Largest response that is streamed, in bytes: 200 MB ("Response streaming for Lambda functions")."""

EXIT_ERROR = "Runtime.ExitError"
TRUNCATED = "Runtime.TruncatedResponse"
OUT_OF_MEMORY = "Runtime.OutOfMemory"
INVALID_ENTRYPOINT = "Runtime.InvalidEntrypoint"
TIMED_OUT = "Sandbox.Timedout"
TOO_LARGE = "Function.ResponseSizeTooLarge"

SIGNALS = {
    1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 5: "trace/breakpoint trap",
    6: "aborted", 7: "bus error", 8: "floating point exception", 9: "killed", 10: "user defined signal 1",
    11: "segmentation fault", 12: "user defined signal 2", 13: "broken pipe", 14: "alarm clock",
    15: "terminated",
}  # fmt: skip
"""Signal numbers of Linux and the words of Go's syscall package, in which Lambda tells them."""

_CORE_DUMPED = frozenset({3, 4, 5, 6, 7, 8, 11})


def compact(value: object) -> bytes:
    """JSON as AWS's services write it: no spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


# ---- what the caller of a function gets (status 200, X-Amz-Function-Error: Unhandled) -------------------


def failure(error_type: str, message: str) -> bytes:
    """The payload of a failure that the runtime did not word itself."""
    return compact({"errorType": error_type, "errorMessage": message})


def exited(code: int | None, signal: int | None) -> str:
    """How a process ended: `Runtime exited with error: exit status 7`.

    A core dump is told for the signals that make one by default; Lambda was seen to say so of segfaults.
    """
    if signal is not None:
        word = SIGNALS.get(signal, f"signal {signal}")
        dumped = " (core dumped)" if signal in _CORE_DUMPED else ""
        return f"Runtime exited with error: signal: {word}{dumped}"
    if code == 0:
        return "Runtime exited without providing a reason"
    return f"Runtime exited with error: exit status {code}"


def of_request(request_id: str, message: str) -> str:
    """A message as Lambda hands it to callers and logs."""
    return f"RequestId: {request_id} Error: {message}"


def timed_out(seconds: float) -> str:
    """The words of a timeout; RIE's whole answer."""
    return f"Task timed out after {seconds:.2f} seconds"


BROKEN_OFF = "The runtime closed the connection in the middle of its response."
"""Our own words for `Runtime.TruncatedResponse`."""


def stream_too_large(size: int) -> str:
    """The words of a buffered response, with the limit of a stream; never seen from the service."""
    return (
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size ({STREAM_LIMIT} bytes)."
    )


def response_too_large(size: int | None = None) -> str:
    """The service leaves the size out; RIE tells it."""
    told = "" if size is None else f" ({size} bytes)"
    return f"Response payload size{told} exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."


# ---- what the Invoke API refuses: body of a 4xx or 5xx, beside the header x-amzn-ErrorType ---------------


def refusal(message: str, *, kind: str = "User", key: str = "message") -> bytes:
    """A refusal's body; some exceptions of the model write `Message` (ResourceNotFound, Service)."""
    return compact({"Type": kind, key: message})


def function_not_found(arn: str) -> str:
    """404 ResourceNotFoundException; the ARN ends in the qualifier, `$LATEST` where none was given."""
    return f"Function not found: {arn}"


def request_too_large() -> str:
    """413 RequestEntityTooLargeException of a synchronous invocation."""
    return f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation"


def event_too_large(size: int) -> str:
    """413 RequestEntityTooLargeException of an asynchronous one; seen with the old limit of 256 KB only."""
    return f"{size} byte payload is too large for the Event invocation type (limit {EVENT_LIMIT} bytes)"


def not_json(reason: str) -> str:
    """400 InvalidRequestContentException; what follows is the parser's own word and differs from AWS's."""
    return f"Could not parse request body into json: Could not parse payload into json: {reason}"


CLIENT_CONTEXT = "Client context must be a valid Base64-encoded JSON object."
"""400 InvalidRequestContentException."""

QUALIFIERS = "The derived qualifier from the function name does not match the specified qualifier."
"""400 InvalidParameterValueException; from memory, not from a capture."""


def unknown_type(value: str, known: Iterable[str]) -> bytes:
    """400 ValidationException; the body has only `message`."""
    return compact({
        "message": f"1 validation error detected: Value '{value}' at 'invocationType' failed to satisfy "
        f"constraint: Member must satisfy enum value set: [{', '.join(known)}]"
    })  # fmt: skip


def unknown_name(value: str) -> bytes:
    """400 ValidationException for a name that no function can have; form of the service, pattern ours."""
    return compact({
        "message": f"1 validation error detected: Value '{value}' at 'functionName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: "
        r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
        r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
    })  # fmt: skip


THROTTLED = compact(
    {
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "Type": "User",
        "message": "Rate Exceeded.",
    }
)
"""429 TooManyRequestsException."""

STOPPING = "The emulator is shutting down; the invocation was not finished."
"""500 ServiceException; our own words: the service has no such state."""

NOT_HERE = "The function could not be started here: "
"""502 ServiceException begins so where there is no zip, or this machine cannot run it; our own words."""

# ---- what the Runtime API answers -----------------------------------------------------------------------

ACCEPTED = b'{"status":"OK"}\n'
"""202 of response, error and init/error."""

PONG = b"pong"
NOT_FOUND = b"404 page not found\n"


def api_error(error_type: str, message: str) -> bytes:
    """An error of the Runtime API or the Extensions API."""
    return compact({"errorMessage": message, "errorType": error_type}) + b"\n"


INVALID_REQUEST_ID = api_error("InvalidRequestID", "Invalid request ID")
INVALID_MODE = api_error("InvalidFunctionResponseMode", "Invalid function response mode")
TOO_LARGE_RESPONSE = api_error(
    "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
)
TOO_LARGE_STREAM = api_error(
    "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({STREAM_LIMIT} bytes)."
)


def invalid_transition(here: str, there: str) -> bytes:
    """403 InvalidStateTransition."""
    return api_error(
        "InvalidStateTransition",
        f"State transition from {here} to {there} failed for runtime. Error: State transition is not allowed",
    )


REGISTRATION_CLOSED = api_error("Extension.RegistrationClosed", "Extension registration closed already")
NO_EXTENSION_NAME = api_error("Extension.InvalidExtensionName", "Empty extension name")
NO_EXTENSION_ID = api_error(
    "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"
)
UNKNOWN_EXTENSION = api_error("Extension.UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier")
LOGS_UNSUPPORTED = api_error("Logs.NotSupported", "Logs API is not supported")
TELEMETRY_UNSUPPORTED = api_error("Telemetry.NotSupported", "Telemetry API is not supported")


def invalid_event(name: str) -> bytes:
    """403 for an event that an extension may not register for."""
    return api_error("Extension.InvalidEventType", f"{name}: event type is not supported")


def invalid_extension_state(path: str) -> bytes:
    """403 for calls of the Extensions API that have no code yet: the environment cannot take them."""
    return api_error("Extension.InvalidExtensionState", f"{path} is not supported here yet")
