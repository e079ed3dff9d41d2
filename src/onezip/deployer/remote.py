"""Invoke a function in AWS."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from onezip.deployer.calls import Calls


@dataclass(frozen=True, slots=True)
class Answer:
    """What an invocation came to. error is `Unhandled` or `Handled` where the function failed, else empty.

    log is the tail of its log, at most 4 KB; version is the one that ran; status is HTTP's.
    """

    payload: bytes
    error: str
    log: str
    version: str
    status: int = 200


def invoke(
    calls: Calls,
    name: str,
    payload: bytes,
    *,
    qualifier: str = "",
    kind: str = "RequestResponse",
    client_context: str = "",
) -> Answer:
    """Invoke and wait for the answer; never sent twice, for a function may have worked.

    kind is the invocation type, client_context JSON text. Raises CloudError.
    """
    wanted = {"Qualifier": qualifier} if qualifier else {}
    if client_context:
        wanted["ClientContext"] = base64.b64encode(client_context.encode()).decode("ascii")
    if kind == "RequestResponse":
        wanted["LogType"] = "Tail"
    found = calls.once("lambda", "Invoke", FunctionName=name, InvocationType=kind, Payload=payload, **wanted)
    log = base64.b64decode(found.get("LogResult") or "").decode("utf-8", "replace")
    return Answer(
        found["Payload"],
        found.get("FunctionError") or "",
        log,
        found.get("ExecutedVersion") or "",
        found.get("StatusCode") or 200,
    )


def error_of(answer: Answer) -> tuple[str, str]:
    """(type, message) of a function's error, empty where the payload tells none."""
    try:
        told = json.loads(answer.payload)
        return str(told.get("errorType", "")), str(told.get("errorMessage", ""))
    except (ValueError, AttributeError):
        return "", ""
