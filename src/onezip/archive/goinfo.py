"""What a Go program says of its own build: Go's `debug/buildinfo`, from the bytes of an ELF file.  [pure]

The form is that of Go 1.18 and later, with the strings in line; go/src/debug/buildinfo/buildinfo.go and
go/src/runtime/debug/mod.go (`BuildInfo.String`) describe it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from onezip.archive.elfparts import Parts, notes, parts

MAGIC = b"\xff Go buildinf:"

LONGEST = 1 << 20
"""Bytes of either text; a program of 500 modules has 60 KB."""

_SECTION = ".go.buildinfo"
_ALIGN, _HEADER = 16, 32
_INLINE = 2  # flag: the strings stand here (Go 1.18), not behind pointers
_MARK = 16  # bytes of the marks around the module text
_SEARCHED = 1 << 20  # of a data segment, where there is no section


@dataclass(frozen=True, slots=True)
class GoInfo:
    """A Go program's build. version is `go1.26.8`; path is the main package's.

    modules maps each module to its version, the main one and dependencies alike, `v1 => other v2` where it
    is replaced; settings are those that `go version -m` lists as build: -trimpath, -tags, CGO_ENABLED,
    vcs.revision ... build_id is Go's own, empty where it was taken out.
    """

    version: str
    path: str = ""
    main: str = ""
    modules: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    build_id: str = ""


def read_go(data: bytes) -> GoInfo | None:
    """The build info of an ELF file, or None where it has none of this form."""
    found = parts(data)
    if found is None:
        return None
    start = _start(data, found)
    if start is None:
        return None
    version, at = _text(data, start + _HEADER)
    text, _ = _text(data, at)
    if not version.startswith(b"go") and b"devel" not in version:
        return None
    marked = len(text) > 2 * _MARK and text[-_MARK - 1 : -_MARK] == b"\n"
    text = text[_MARK:-_MARK] if marked else b""
    build_id = next((content for name, kind, content in notes(data, found) if (name, kind) == ("Go", 4)), b"")
    return _parsed(
        version.decode("utf-8", "backslashreplace"),
        text.decode("utf-8", "backslashreplace"),
        build_id.decode("ascii", "backslashreplace"),
    )


def _start(data: bytes, found: Parts) -> int | None:
    """Where the build info is: in its section, else in the first writable segment, as Go looks for it."""
    section = found.section(_SECTION)
    if section is not None:
        place, size = section.offset, min(section.size, _SEARCHED)
    else:
        loaded = [part for part in found.segments if part.kind == "PT_LOAD" and part.writable]
        if not loaded:
            return None
        place, size = loaded[0].offset, min(loaded[0].size, _SEARCHED)
    at = data.find(MAGIC, place, place + size)
    while at >= 0 and (at - place) % _ALIGN:
        at = data.find(MAGIC, at + 1, place + size)
    if at < 0 or at + _HEADER > len(data) or not data[at + 15] & _INLINE:
        return None
    return at


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    """A string with its length before it, as encoding/binary's Uvarint, and where it ends."""
    length = shift = 0
    while at < len(data) and shift < 35:
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            end = at + length
            return (data[at:end], end) if length <= LONGEST and end <= len(data) else (b"", len(data))
    return b"", len(data)


def _parsed(version: str, text: str, build_id: str) -> GoInfo:
    path = main = last = ""
    modules: dict[str, str] = {}
    settings: dict[str, str] = {}
    for word, values in _lines(text):
        if word == "path":
            path = values[0]
        elif word in {"mod", "dep"}:
            last = values[0]
            main = last if word == "mod" else main
            modules[last] = values[1] if len(values) > 1 else ""
        elif word == "=>" and last:
            modules[last] += f" => {' '.join(values[:2])}"
        elif word == "build":
            key, _, value = values[0].partition("=")
            settings[_unquoted(key)] = _unquoted(value)
    return GoInfo(version, path, main, modules, settings, build_id)


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in text.split("\n"):
        word, tab, rest = line.partition("\t")
        if tab:
            yield word, rest.split("\t") if word != "build" else [rest]


def _unquoted(text: str) -> str:
    """A key or value, which Go quotes where it has blanks, quotes or line ends (strconv.Unquote)."""
    if len(text) >= 2 and text[0] == text[-1] == "`":
        return text[1:-1]
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            value = json.loads(text)
        except ValueError:
            return text[1:-1]
        return str(value)
    return text
