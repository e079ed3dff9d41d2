"""Readers of the emulator's records: a line for each invocation, AWS's own lines, or JSON."""

from __future__ import annotations

import json
from typing import Any

from onezip.cli.console import Console, escape, time_of_day
from onezip.emulator.environments import lines
from onezip.emulator.environments.clock import Clock
from onezip.emulator.environments.runtime_api import Answer, Reason
from onezip.emulator.environments.words import RESPONSE_LIMIT
from onezip.model.event import Happened

_COLOURS = {"ok": "green", "error": "red", "timeout": "red"}
SHOWN = ("invocation", "notice", "function")
"""Kinds of records that are shown to everybody."""

PHASES = {"platform.initStart": "starts", "platform.initReport": "init"}
"""Kinds that are shown to who wants to know more, and their words."""

_INDENT = " " * 10
_RETURN, _END = "\r", "\n"


class Plain:
    """One line for each invocation with the numbers of its REPORT, and the function's own lines under it.

    names is the width of the longest function's name. With calm set, only failures are shown. What happens
    to environments is shown too, where such records come (PHASES).
    """

    def __init__(self, console: Console, names: int, clock: Clock, *, calm: bool = False) -> None:
        self._console = console
        self._names = names
        self._clock = clock
        self._calm = calm

    def hear(self, event: Happened) -> None:
        """Take one record."""
        fields: Any = event.fields
        if event.type == "invocation":
            self._invocation(event, fields)
        elif event.type == "notice":
            self._notice(event, fields)
        elif event.type in PHASES:
            took = f" after {_ms(fields['metrics']['durationMs'])}" if "metrics" in fields else ""
            status = f" {fields['status']}" if "status" in fields else ""
            said = f"{PHASES[event.type]}{status}{took} ({fields['phase']})"
            self._say(f"  {event.subject} env {fields['environment']}: {said}")
        elif event.type == "function" and not fields["requestId"]:
            self._say(f"│ {fields['line']}")

    def _invocation(self, event: Happened, fields: Any) -> None:
        answer: Answer = fields["answer"]
        word = "ok" if not answer.error else "timeout" if fields["status"] == "timeout" else "error"
        if self._calm and word == "ok":
            return
        metrics = fields["metrics"]
        init = metrics.get("initDurationMs")
        cold = f"cold {_ms(init)}" if init is not None else ""
        memory = f"{metrics['maxMemoryUsedMB']}/{metrics['memorySizeMB']} MB"
        words = [
            time_of_day(int(event.time + self._clock.epoch)),
            event.subject.ljust(self._names),
            self._console.coloured(word.ljust(7), _COLOURS[word]),
            _ms(metrics["durationMs"]).rjust(9),
            cold.ljust(13),
            memory.rjust(11),
            f"env {fields['environment']}",
            fields["requestId"][:6],
        ]
        if fields["attempt"] > 1 or fields["invocationType"] == "Event":
            words.append(f"event, try {fields['attempt']}")
        if answer.error:
            words.append(escape(summary(answer)))
        self._console.stream("  ".join(words).rstrip() + "\n")
        for line in fields["lines"]:
            self._say(f"│ {line}")
        if answer.error:
            self._say(f"╰ {_told(answer)}")
            if fields["hint"]:
                self._say(f"  {fields['hint']}")

    def _notice(self, event: Happened, fields: Any) -> None:
        subject = f"{event.subject}: " if event.subject else ""
        self._say(f"  {subject}{fields['text']}")
        if fields["hint"]:
            self._say(f"  {fields['hint']}")

    def _say(self, text: str) -> None:
        """A line below an invocation; a carriage return is a line end (Python's runtime writes such)."""
        for number, part in enumerate(text.split("\r")):
            lead = "" if number == 0 else "│ "
            self._console.stream(f"{_INDENT}{lead}{escape(part)}\n")


class Report:
    """The log stream as Lambda writes it: START, the function's lines, END, REPORT."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def hear(self, event: Happened) -> None:
        """Take one record."""
        fields: Any = event.fields
        if event.type == "function":
            self._console.stream(f"{escape(fields['line'].replace(_RETURN, _END))}\n")
        elif event.type == "notice":
            self._console.say(": ".join(filter(None, (event.subject, fields["text"]))))
        else:
            for line in lines.text(event.type, fields):
                self._console.stream(f"{escape(line)}\n")


class AsJson:
    """One object for each invocation, on a line of its own; and one for each notice."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock

    def hear(self, event: Happened) -> None:
        """Take one record."""
        fields: Any = event.fields
        stamp = lines.stamp(event.time + self._clock.epoch)
        if event.type == "notice":
            self.write({"type": "notice", "time": stamp, "function": event.subject, **fields})
        if event.type != "invocation":
            return
        answer: Answer = fields["answer"]
        metrics = fields["metrics"]
        self.write({
            "type": "invocation", "time": stamp, "function": event.subject, "requestId": fields["requestId"],
            "invocationType": fields["invocationType"], "attempt": fields["attempt"],
            "status": fields["status"], "functionError": answer.error or None,
            "errorType": answer.error_type or None, "reason": str(answer.reason),
            "message": summary(answer) if answer.error else None, "hint": fields["hint"] or None,
            "durationMs": metrics["durationMs"],
            "billedDurationMs": lines.billed(metrics["durationMs"], metrics.get("initDurationMs", 0.0)),
            "initDurationMs": metrics.get("initDurationMs"), "cold": "initDurationMs" in metrics,
            "memorySizeMB": metrics["memorySizeMB"], "maxMemoryUsedMB": metrics["maxMemoryUsedMB"],
            "environment": fields["environment"], "sha256": fields["sha256"],
            "requestBytes": fields["requestBytes"], "responseBytes": fields["responseBytes"],
            "lines": fields["lines"],
        })  # fmt: skip

    def write(self, value: dict[str, Any]) -> None:
        """One line of JSON."""
        self._console.document(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def summary(answer: Answer) -> str:
    """An error in a line: `Runtime.ExitError: Runtime exited with error: exit status 7`."""
    if answer.reason in {Reason.HERE, Reason.SHUTDOWN}:
        return answer.message
    if answer.message:
        return f"{answer.error_type}: {answer.message}" if answer.error_type else answer.message
    try:
        told = json.loads(answer.payload)
        return f"{told['errorType']}: {told['errorMessage']}".replace("\n", " ")[:200]
    except (ValueError, KeyError, TypeError):
        return answer.error_type or "the function reported an error"


def _told(answer: Answer) -> str:
    if answer.reason is Reason.HERE:
        return "answered 502: on AWS it would start"
    if answer.reason is Reason.SHUTDOWN:
        return "answered 500: ended with onezip"
    return f"AWS answers 200, X-Amz-Function-Error: Unhandled, {_body(answer)}"


def _body(answer: Answer) -> str:
    text = answer.payload[:RESPONSE_LIMIT].decode("utf-8", "replace").replace("\n", " ")
    return text if len(text) <= 160 else f"{text[:157]}..."


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
