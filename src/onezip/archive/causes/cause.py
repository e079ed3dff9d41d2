"""One reason why two zips differ, and the table that says how telling each is and what to do.  [pure]

What each code means stands in `codes.CODES`, the one list of all codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

MOST_NAMES = 1000
"""Names that one cause carries; its summary has the whole number."""

_BOTH = "build both with onezip"
_PINNED = "pin the version, so that every machine takes the same"
_GO = "build with onezip, or with the same flags and variables on both machines"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason. summary is one line of why, advice one of what to do; detail may have several lines.

    "Here" is the first zip, "there" the second. entries are names, at most MOST_NAMES of them. The higher
    the weight, the more telling.
    """

    code: str
    summary: str
    entries: tuple[str, ...] = ()
    detail: str = ""
    advice: str = ""
    weight: int = 0


class Row(NamedTuple):
    """How telling a cause is, and what helps against it."""

    weight: int
    advice: str


TABLE: dict[str, Row] = {
    # what the zips are made from
    "differs.architecture": Row(100, "build both for the same architecture"),
    "differs.toolchain": Row(98, "pin one Go version: `toolchain` in go.mod, or `onezip lock`"),
    "differs.platform": Row(97, "build both for the same runtime and architecture"),
    "differs.dependency": Row(96, _PINNED),
    "differs.go-module": Row(94, "commit go.mod and go.sum, and build from the same commit"),
    "differs.wheel": Row(92, "let one tool choose the wheels, for the same runtime and architecture"),
    "differs.flags": Row(91, "take the flags from the project file only"),
    "differs.go-vcs": Row(90, "build with -buildvcs=false, as onezip does: a commit is no part of the code"),
    "differs.go-trimpath": Row(89, "build with -trimpath, as onezip does"),
    "differs.go-setting": Row(88, _GO),
    "differs.moved": Row(86, "zip from inside the folder that holds the code"),
    "differs.line-ends": Row(84, "add `* text=auto eol=lf` to .gitattributes, and check the files out anew"),
    "differs.path": Row(82, "build in one folder everywhere, or tell the tool to leave the path out"),
    "differs.bytecode": Row(80, "leave .pyc files out, as onezip does, or compile them to unchecked-hash"),
    "differs.shebang": Row(79, "leave an installer's scripts out, as onezip does"),
    "differs.bom": Row(78, "save the file as UTF-8 without a byte order mark"),
    "differs.final-newline": Row(77, "let the editor end each file with a line end"),
    "differs.key-order": Row(76, "let the generator sort its keys, or commit what it made"),
    "differs.timestamp": Row(75, "let the generator leave the time out, or set SOURCE_DATE_EPOCH"),
    "differs.sources": Row(73, "build from the same commit, with nothing changed in the working folder"),
    "differs.component": Row(72, "build both from the same inputs"),
    "differs.go-code": Row(70, "build from the same commit; with -trimpath, Go does not record -ldflags"),
    "differs.elf": Row(69, "take the same ready file, or build it in the same image"),
    "differs.file": Row(65, "build from the same commit, and look for a generator in the build"),
    "differs.added": Row(64, "leave it out with `exclude`, or build from the same files"),
    "differs.removed": Row(63, "see why the second build did not get it"),
    "differs.kind": Row(60, "zip files, not links: a link's target may be missing"),
    # how they are packed
    "differs.executable": Row(58, "build both with onezip: it tells modes from content"),
    "differs.maker": Row(55, "build both with the same tool"),
    "differs.method": Row(51, _BOTH),
    "differs.engine": Row(50, f"{_BOTH}: it brings its own compressor"),
    "differs.installer": Row(48, "leave them out, as onezip does: nothing reads them at run time"),
    "differs.umask": Row(46, f"{_BOTH}, or set umask 022"),
    "differs.setuid": Row(45, "clear it: Lambda does not honour it"),
    "differs.modes": Row(44, f"{_BOTH}: it tells modes from content"),
    "differs.time-zone": Row(42, f"{_BOTH}, or zip with TZ=UTC"),
    "differs.times": Row(41, f"{_BOTH}: it writes one date; or set the files' times before zipping"),
    "differs.order": Row(40, f"{_BOTH}, or give the names in sorted order"),
    "differs.folders": Row(38, "leave directory entries out: `zip -D`"),
    "differs.extra": Row(36, "leave extra fields out: `zip -X`"),
    "differs.host": Row(34, _BOTH),
    "differs.version": Row(32, _BOTH),
    "differs.descriptors": Row(31, "write to a file, not to a pipe"),
    "differs.header-flags": Row(30, _BOTH),
    "differs.encoding": Row(30, "use a tool that flags names as UTF-8"),
    "differs.attributes": Row(28, _BOTH),
    "differs.comment": Row(27, "leave comments out"),
    "differs.zip64": Row(26, "use a tool that writes zip64 only where it must"),
    "differs.surplus": Row(24, "make the zip anew instead of changing it in place"),
    "differs.duplicates": Row(23, "make the zip anew instead of adding to it"),
    "differs.unsound": Row(22, "make the zip again; readers may disagree about this one"),
    "differs.container": Row(10, _BOTH),
}  # fmt: skip
"""Every cause's code. Weights order them: sources before packing, the general before the single."""


def cause(
    code: str, summary: str, names: Iterable[str] = (), detail: str = "", advice: str = "", more: int = 0
) -> Cause:
    """A cause of the table; advice where the table's own does not fit, more for one that weighs more."""
    row = TABLE[code]
    entries = tuple(islice(names, MOST_NAMES))
    return Cause(code, summary, entries, detail, advice or row.advice, row.weight + more)


def ranked(causes: Iterable[Cause]) -> list[Cause]:
    """The most telling first; among equals those that concern more entries, then by words."""
    return sorted(causes, key=lambda each: (-each.weight, -len(each.entries), each.code, each.summary))
