"""States and times of an execution environment, and how it reads a runtime's words of errors.  [pure]"""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum

from onezip.emulator.http.message import Headers

API = "/2018-06-01/runtime/"
"""Where the calls of the Runtime API begin."""

INIT_TIMER, INVOKE_TIMER, LEAVE_TIMER = "init", "invoke", "leave"

LEAVE = 1.0
"""Seconds a runtime has to end by itself after it reported an error of its init."""

GRACE = 0.5
"""Seconds between SIGTERM and SIGKILL where an internal extension is registered; without one, none."""


class State(StrEnum):
    """Where the environment is; the values of those the Runtime API tells are AWS's names."""

    NEW = "New"
    INIT = "Started"
    IDLE = "Ready"
    BUSY = "Running"
    STREAMING = "InvocationResponse"
    ANSWERED = "RuntimeResponseSentState"
    STOPPING = "Stopping"
    DOWN = "Down"
    ENDED = "Ended"


_KEPT_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")


def logged_type(error_type: str) -> str:
    """The error type as logs and telemetry tell it: only AWS's own kinds of names are kept."""
    if not error_type or _KEPT_TYPE.fullmatch(error_type):
        return error_type
    return "Function.Unknown" if error_type.startswith("Function.") else "Runtime.Unknown"


def error_body(trailers: Headers, body: bytes) -> bytes:
    """The error that a runtime tells behind a body that it had begun: base64 in a trailer."""
    text = trailers.get("lambda-runtime-function-error-body")
    try:
        return base64.b64decode(text, validate=True) or body
    except (binascii.Error, ValueError):
        return body


def milliseconds(start: float, end: float) -> float:
    """Milliseconds between two times in seconds, to the microsecond."""
    return round((end - start) * 1000, 3)
