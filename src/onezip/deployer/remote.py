"""Invoke a function in AWS."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from onezip.deployer.calls import Calls


@dataclass(frozen=True, slots=True)
class Answer:
    """What an invocation came to. error is `Unhandled` or `Handled` where the function failed, else empty.

    log is the tail of its log, at most 4 KB; version is the one that ran.
    """

    payload: bytes
    error: str
    log: str
    version: str


def invoke(calls: Calls, name: str, payload: bytes, *, qualifier: str = "") -> Answer:
    """Invoke and wait for the answer; never sent twice, for a function may have worked. Raises CloudError."""
    wanted = {"Qualifier": qualifier} if qualifier else {}
    found = calls.once(
        "lambda",
        "Invoke",
        FunctionName=name,
        InvocationType="RequestResponse",
        LogType="Tail",
        Payload=payload,
        **wanted,
    )
    log = base64.b64decode(found.get("LogResult") or "").decode("utf-8", "replace")
    return Answer(found["Payload"], found.get("FunctionError") or "", log, found.get("ExecutedVersion") or "")


def error_of(answer: Answer) -> tuple[str, str]:
    """(type, message) of a function's error, empty where the payload tells none."""
    try:
        told = json.loads(answer.payload)
        return str(told.get("errorType", "")), str(told.get("errorMessage", ""))
    except (ValueError, AttributeError):
        return "", ""
