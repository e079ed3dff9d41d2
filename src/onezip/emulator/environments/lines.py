"""Lambda's log lines, text and JSON, from records of the environment.  [pure]

The text forms are those of 2026: a timeout or a crash is told in REPORT (`Status: timeout`), without the
older line of its own. INIT_START is left out: it names AWS's own build of a runtime, which is not here.
Sources: "Lambda Telemetry API Event schema reference" and "Working with Lambda function logs", AWS Lambda
Developer Guide, and lines pasted by users of the service.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

TAIL = 4096
"""Bytes of log that `X-Amz-Log-Type: Tail` gives back."""


def text(kind: str, fields: Mapping[str, Any]) -> list[str]:
    """The lines that a record is in a text log, without line ends; none for most kinds."""
    match kind:
        case "platform.start":
            return [f"START RequestId: {fields['requestId']} Version: {fields['version']}"]
        case "platform.runtimeDone":
            fault = fields["fault"].split("\n") if "fault" in fields else []
            return [*fault, f"END RequestId: {fields['requestId']}"]
        case "platform.report":
            return [report(fields)]
        case "platform.initReport" if fields["status"] != "success":
            duration = fields["metrics"]["durationMs"]
            start = f"INIT_REPORT Init Duration: {duration:.2f} ms\tPhase: {fields['phase']}\t"
            return [start + _status(fields)]
        case "platform.extension":
            events = ",".join(fields["events"])
            return [f"EXTENSION\tName: {fields['name']}\tState: {fields['state']}\tEvents: [{events}]"]
    return []


def billed(duration: float, init: float = 0.0) -> int:
    """Billed milliseconds: begun ones count, and since August 2025 the init of a cold start does too."""
    return math.ceil(duration + init)


def report(fields: Mapping[str, Any]) -> str:
    """The REPORT line; after a success it ends in a tab, as AWS's does."""
    metrics = fields["metrics"]
    init = metrics.get("initDurationMs")
    parts = [
        f"REPORT RequestId: {fields['requestId']}",
        f"Duration: {metrics['durationMs']:.2f} ms",
        f"Billed Duration: {billed(metrics['durationMs'], init or 0.0)} ms",
        f"Memory Size: {metrics['memorySizeMB']} MB",
        f"Max Memory Used: {metrics.get('maxMemoryUsedMB', 0)} MB",
    ]
    if init is not None:
        parts.append(f"Init Duration: {init:.2f} ms")
    parts.append("" if fields["status"] == "success" else _status(fields))
    return "\t".join(parts)


def _status(fields: Mapping[str, Any]) -> str:
    kind = fields.get("errorType")
    return f"Status: {fields['status']}" + (f"\tError Type: {kind}" if kind else "")


def as_json(kind: str, fields: Mapping[str, Any], epoch: float) -> str:
    """The line that a record is in a JSON log, and in telemetry. epoch is in seconds since 1970."""
    record = {key: value for key, value in fields.items() if key != "fault"}
    if kind == "platform.report":
        metrics = fields["metrics"]
        used = {"maxMemoryUsedMB": metrics.get("maxMemoryUsedMB", 0)}
        init = metrics.get("initDurationMs")
        record["metrics"] = {
            "durationMs": round(metrics["durationMs"], 3),
            "billedDurationMs": billed(metrics["durationMs"], init or 0.0),
            "memorySizeMB": metrics["memorySizeMB"],
            **used,
            **({} if init is None else {"initDurationMs": round(init, 3)}),
        }
    elif "metrics" in fields:
        record["metrics"] = {"durationMs": round(fields["metrics"]["durationMs"], 3)}
    line = {"time": stamp(epoch), "type": kind, "record": record}
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def stamp(epoch: float) -> str:
    """A time as telemetry writes it: `2024-05-20T16:29:45.019Z`."""
    moment = datetime.fromtimestamp(epoch, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
