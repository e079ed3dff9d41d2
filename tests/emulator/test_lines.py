"""Lambda's log lines, text and JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from onezip.emulator.environments.lines import as_json, stamp, text
from onezip.emulator.environments.record import KEPT_LINES, KEPT_TEXT, Story

REPORT: dict[str, Any] = {
    "requestId": "id",
    "status": "success",
    "metrics": {"durationMs": 7.291, "memorySizeMB": 128, "maxMemoryUsedMB": 38},
}
START = (
    "REPORT RequestId: id\tDuration: 7.29 ms\tBilled Duration: 8 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 38 MB"
)


def report(status: str = "success", kind: str = "", **metrics: float) -> dict[str, Any]:
    fields = {**REPORT, "status": status, "metrics": {**REPORT["metrics"], **metrics}}
    return {**fields, "errorType": kind} if kind else fields


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (
            "platform.start",
            {"requestId": "id", "version": "$LATEST"},
            ["START RequestId: id Version: $LATEST"],
        ),
        ("platform.runtimeDone", {"requestId": "id", "status": "success"}, ["END RequestId: id"]),
        (
            "platform.runtimeDone",
            {"requestId": "id", "status": "error", "fault": "RequestId: id Error: x\nRuntime.ExitError"},
            ["RequestId: id Error: x", "Runtime.ExitError", "END RequestId: id"],
        ),
        ("platform.report", report(), [START + "\t"]),
        (
            "platform.report",
            report(initDurationMs=100.5),
            [START.replace("Billed Duration: 8", "Billed Duration: 108") + "\tInit Duration: 100.50 ms\t"],
        ),
        ("platform.report", report("timeout"), [START + "\tStatus: timeout"]),
        (
            "platform.report",
            report("error", "Runtime.ExitError"),
            [START + "\tStatus: error\tError Type: Runtime.ExitError"],
        ),
        (
            "platform.initReport",
            {"status": "success", "phase": "init", "metrics": {"durationMs": 1.0}},
            [],
        ),
        (
            "platform.initReport",
            {"status": "timeout", "phase": "init", "metrics": {"durationMs": 9999.79}},
            ["INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout"],
        ),
        (
            "platform.extension",
            {"name": "x", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]},
            ["EXTENSION\tName: x\tState: Ready\tEvents: [INVOKE,SHUTDOWN]"],
        ),
        ("platform.initStart", {"phase": "init"}, []),
    ],
)
def test_text(kind: str, fields: dict[str, Any], expected: list[str]) -> None:
    assert text(kind, fields) == expected


def test_json() -> None:
    line = as_json("platform.report", report(initDurationMs=100.5), 1_716_222_585.019)
    assert json.loads(line) == {
        "time": "2024-05-20T16:29:45.019Z",
        "type": "platform.report",
        "record": {
            "requestId": "id",
            "status": "success",
            "metrics": {
                "durationMs": 7.291,
                "billedDurationMs": 108,
                "memorySizeMB": 128,
                "maxMemoryUsedMB": 38,
                "initDurationMs": 100.5,
            },
        },
    }
    done = as_json("platform.runtimeDone", {"requestId": "i", "fault": "x"}, 0)
    assert json.loads(done)["record"] == {"requestId": "i"}
    assert stamp(0) == "1970-01-01T00:00:00.000Z"


def test_the_tail_is_the_last_four_kilobytes() -> None:
    story = Story("id")
    for number in range(10 * KEPT_LINES):
        story.said(f"line {number}")
    tail = story.tail()
    assert len(tail) == 4096
    assert tail.endswith(b"line 19999\n")
    assert len(story.lines) <= 2 * KEPT_LINES


def test_a_story_holds_only_so_much() -> None:
    story = Story("id")
    for number in range(100):
        story.said(f"{number}" + "x" * (KEPT_TEXT // 10))
    assert sum(map(len, story.lines)) <= 2 * KEPT_TEXT + KEPT_TEXT // 10
    assert story.lines[-1].startswith("99x")
    assert story.log == story.lines
    story.said("y" * (5 * KEPT_TEXT))
    assert len(story.lines) == 1
