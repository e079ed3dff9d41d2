"""The only print: results on stdout, everything else on stderr; `--json` makes the result one envelope.

{"schema": 1, "command": NAME, "result": VALUE, "diagnostics": [{"code", "severity", "message", "place",
 "hint"}]}
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TextIO

from onezip.errors import Diagnostic, Severity

SCHEMA = 1

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160)) if code not in {9, 10}}


def escape(text: str) -> str:
    """Text from outside with its control characters spelled out, so that it cannot steer a terminal."""
    return text.translate(_CONTROL)


@lru_cache(maxsize=4)
def time_of_day(second: int) -> str:
    """The local time of a second since 1970, as lines begin."""
    return time.strftime("%H:%M:%S", time.localtime(second))


class Console:
    """Where words go. Diagnostics are shown as they come, and kept for the envelope."""

    def __init__(
        self,
        command: str,
        *,
        as_json: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        environ: Mapping[str, str] | None = None,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.command = command
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose
        self._out = sys.stdout if out is None else out
        self._err = sys.stderr if err is None else err
        wanted = not (environ or {}).get("NO_COLOR") and (environ or {}).get("TERM") != "dumb"
        streams = (self._out, self._err)  # None where they are closed
        self._coloured = [stream for stream in streams if wanted and stream and stream.isatty()]
        self._kept: list[Diagnostic] = []
        self._progress = ""

    # ---- results ----------------------------------------------------------------------------

    def line(self, text: str = "") -> None:
        """A line of the result, for a person; silent under --json."""
        if not self.as_json:
            self._clear()
            print(escape(text), file=self._out)

    def raw(self, text: str) -> None:
        """Text of the result as it is, for programs (`--quiet`, completion scripts)."""
        self._clear()
        self._out.write(text)

    def stream(self, text: str) -> None:
        """Text of a result that grows while it is read, at once; the caller escapes what is foreign."""
        if not self.as_json:
            self._clear()
            self._out.write(text)
            self._out.flush()

    def payload(self, data: bytes) -> None:
        """Bytes of the result as they are, and a line end for a terminal."""
        self._clear()
        self._out.flush()
        raw = getattr(self._out, "buffer", None)
        if raw is None:
            self._out.write(data.decode("utf-8", "replace"))
        else:
            raw.write(data)
            raw.flush()
        if self._out.isatty():
            self._out.write("\n")

    def document(self, text: str) -> None:
        """One JSON document on a line of its own, at once: for commands whose result has no end."""
        self._clear()
        self._out.write(f"{text}\n")
        self._out.flush()

    def coloured(self, text: str, colour: str) -> str:
        """Text of the result in a colour, where the terminal wants it."""
        return self.paint(text, colour, self._out)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
        """Rows under heads; columns in `right` are flush right."""
        if self.as_json:
            return
        self._clear()
        cells = [heads, *([escape(cell) for cell in row] for row in rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
        for number, row in enumerate(cells):
            words = [
                cell.rjust(width) if column in right else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            text = "  ".join(words).rstrip()
            print(self.paint(text, "dim", self._out) if number == 0 else text, file=self._out)

    def result(self, value: Any) -> None:
        """The command's result as data: printed under --json only, once, at its end."""
        if self.as_json:
            envelope = {
                "schema": SCHEMA,
                "command": self.command,
                "result": value,
                "diagnostics": [_as_table(diagnostic) for diagnostic in self._kept],
            }
            json.dump(envelope, self._out, indent=2, ensure_ascii=False)
            self._out.write("\n")

    # ---- the rest ---------------------------------------------------------------------------

    def report(self, diagnostic: Diagnostic) -> None:
        """Show a note, a warning or an error, once."""
        if diagnostic in self._kept:
            return
        self._kept.append(diagnostic)
        if self.as_json or (self.quiet and diagnostic.severity is Severity.NOTE):
            return
        self._clear()
        place = f"{escape(str(diagnostic.place))}: " if diagnostic.place else ""
        word = self.paint(f"{diagnostic.severity}:", _SEVERITIES[diagnostic.severity], self._err)
        code = self.paint(f" [{diagnostic.code}]", "dim", self._err)
        print(f"{place}{word} {escape(diagnostic.message)}{code}", file=self._err)
        if diagnostic.hint:
            print(f"  {self.paint('help:', 'green', self._err)} {escape(diagnostic.hint)}", file=self._err)

    def say(self, text: str) -> None:
        """A line beside the result; silent under --quiet."""
        if not self.quiet:
            self._clear()
            print(escape(text), file=self._err)

    def detail(self, text: str) -> None:
        """A line that only --verbose shows."""
        if self.verbose:
            self.say(text)

    def words_of(self, text: str) -> None:
        """What a tool said, as it said it."""
        self._clear()
        self._err.write(escape(text if text.endswith("\n") else f"{text}\n"))

    def progress(self, text: str) -> None:
        """A line that is overwritten by the next; only on a terminal."""
        if self.quiet or self.as_json or not self._err.isatty() or text == self._progress:
            return
        self._clear()
        self._progress = text
        width = self._width() - 1
        self._err.write(self.paint(escape(text)[:width], "dim", self._err))
        self._err.flush()

    def finish(self) -> None:
        """Leave no half line behind."""
        self._clear()

    def paint(self, text: str, colour: str, stream: TextIO) -> str:
        """Text in a colour where the stream is a terminal that wants it (NO_COLOR, TERM=dumb)."""
        if stream not in self._coloured:
            return text
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"

    def _clear(self) -> None:
        if self._progress:
            self._err.write("\r\x1b[2K")
            self._progress = ""

    def _width(self) -> int:
        try:
            return os.get_terminal_size(self._err.fileno()).columns
        except (OSError, ValueError):
            return 80


def size(number: int) -> str:
    """Bytes in a person's words: 3.1 MiB."""
    amount = float(number)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{number} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def _as_table(diagnostic: Diagnostic) -> dict[str, Any]:
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "place": {"file": place.file, "line": place.line} if place else None,
        "hint": diagnostic.hint,
    }
