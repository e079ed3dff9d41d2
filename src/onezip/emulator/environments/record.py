"""What happened, as records: the terminal, `--report` and `--json` are readers of the same ones.

Types are those of telemetry (`platform.start`, `platform.report`, `function` for a line of the function's
own) and two of ours: `invocation`, the whole of one once it is over, and `notice`, a sentence for the user.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from onezip.emulator.environments.clock import Clock
from onezip.emulator.environments.lines import TAIL, text
from onezip.emulator.environments.runtime_api import Answer, Finished
from onezip.model.event import Happened, Listener

KEPT_LINES, KEPT_TEXT = 2000, 1 << 20
"""Lines, and characters of them, that the record of one invocation holds; of more, the last ones."""


LATE = 0.02
"""Seconds after which is recorded what could wait, where no function was given an event before."""


class Recorder:
    """Hands each record to whoever listens, in order. Called from the event loop's thread only."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._listeners: list[tuple[Listener, frozenset[str]]] = []
        self._heard: dict[str, list[Listener]] = {}
        self._later: deque[Callable[[], object]] = deque()
        self._timed = False

    def listen(self, listener: Listener, kinds: Iterable[str] = ()) -> None:
        """Hear of these kinds from now on; of everything where none is named."""
        self._listeners.append((listener, frozenset(kinds)))
        self._heard.clear()

    def happened(self, kind: str, subject: str, fields: Mapping[str, object]) -> None:
        """Record it."""
        heard = self._heard.get(kind)
        if heard is None:
            heard = [listener for listener, kinds in self._listeners if not kinds or kind in kinds]
            self._heard[kind] = heard
        if heard:
            event = Happened(kind, subject, self.clock.now(), fields)
            for listener in heard:
                listener(event)

    def later(self, work: Callable[[], object]) -> None:
        """Record something when no caller waits for us: as soon as a function has its event, or after LATE.

        What is recorded so stays in its order.
        """
        self._later.append(work)
        if not self._timed:
            self._timed = True
            self.clock.call_later(LATE, self._overdue)

    def catch_up(self) -> None:
        """Record now what could wait."""
        later = self._later
        while later:
            later.popleft()()

    def _overdue(self) -> None:
        self._timed = False
        self.catch_up()

    def notice(self, subject: str, words: str, hint: str = "") -> None:
        """Tell the user something that is no part of an invocation."""
        self.happened("notice", subject, {"text": words, "hint": hint})


@dataclass(slots=True)
class Story:
    """One invocation from START to REPORT: the function's lines, AWS's own, and how it was answered.

    log holds what the log stream has, for `X-Amz-Log-Type: Tail`: lines of the function's, and records that
    are lines of Lambda's. finished says that it is over, used how many MB it used; report are the fields of
    REPORT, once all of it is recorded. died is whether the process ended after its answer.
    """

    id: str
    lines: list[str] = field(default_factory=list)
    log: list[str | tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    answer: Answer | None = None
    finished: Finished | None = None
    used: int = 0
    report: Mapping[str, Any] | None = None
    died: bool = False
    _size: int = 0

    def said(self, line: str) -> None:
        """A line of the function's."""
        self.lines.append(line)
        self.log.append(line)
        self._size += len(line)
        if len(self.lines) > 2 * KEPT_LINES or self._size > 2 * KEPT_TEXT:
            kept = self._size = 0
            for last in reversed(self.lines[-KEPT_LINES:]):
                if self._size + len(last) > KEPT_TEXT and kept:
                    break
                kept, self._size = kept + 1, self._size + len(last)
            del self.lines[:-kept]
            del self.log[:-kept]

    def tail(self) -> bytes:
        """The last 4 KB of the log."""
        lines = [line for piece in self.log for line in ([piece] if isinstance(piece, str) else text(*piece))]
        return "".join(f"{line}\n" for line in lines).encode("utf-8")[-TAIL:]
