"""Executables and libraries that are no Go programs: what their headers tell apart.  [pure]"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onezip.archive.causes.change import Change, Note
from onezip.archive.causes.golang import golang
from onezip.archive.causes.traces import paths_in
from onezip.archive.causes.words import both, escaped, listed
from onezip.archive.elfinfo import Elf, read_elf
from onezip.archive.elfparts import notes, parts

_COMPILER = ".comment"
# PE; Mach-O of 64 bits, and for several machines.
_FOREIGN = {b"MZ": "a program for Windows", b"\xcf\xfa\xed\xfe": "a program for macOS",
            b"\xca\xfe\xba\xbe": "a program for macOS"}  # fmt: skip
_SYMBOLS = {".symtab", ".debug_info", ".zdebug_info"}


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a linker leaves for people."""

    build_id: str = ""
    compiler: str = ""
    symbols: frozenset[str] = frozenset()


def elf(change: Change) -> Iterator[Note]:
    """Two ELF files: a Go program by its build info, any other by its headers."""
    here, there = read_elf(change.a), read_elf(change.b)
    one, other = _machine(change.a, here), _machine(change.b, there)
    if not one or not other or (here is None and there is None):
        return
    if one != other:
        yield Note("differs.architecture", f"not for the same machine: {both(one, other)}")
    if here is None or there is None:
        return
    found = list(golang(change))
    if one != other:
        yield from (note for note in found if note.code != "differs.architecture")
    else:
        yield from found or _differences(change, here, there)


def _machine(data: bytes, header: Elf | None) -> str:
    """What runs this; empty where it is no program of any system."""
    if header is not None:
        return header.told
    return next((words for magic, words in _FOREIGN.items() if data.startswith(magic)), "")


def _differences(change: Change, here: Elf, there: Elf) -> Iterator[Note]:
    one, other = _marks(change.a), _marks(change.b)
    found = [*_linked(here, there), *_made(one, other)]
    paths = list(paths_in(change))
    yield from paths
    if found:
        yield Note("differs.elf", f"a compiled file: {'; '.join(found)}", _build_ids(one, other))
    elif not paths:
        yield Note("differs.elf", "a compiled file with other code, linked alike", _build_ids(one, other))


def _linked(here: Elf, there: Elf) -> Iterator[str]:
    if here.interpreter != there.interpreter:
        yield "the loader is " + both(*(escaped(each.interpreter or "none") for each in (here, there)))
    if set(here.needed) != set(there.needed):
        one, other = ([name for name in each.needed if name not in rest.needed]
                      for each, rest in ((here, there), (there, here)))  # fmt: skip
        yield "needs " + both(
            *(listed([escaped(name) for name in names]) or "nothing more" for names in (one, other))
        )
    if here.glibc != there.glibc:
        yield "needs glibc " + both(
            *(".".join(map(str, each.glibc or ())) or "of any age" for each in (here, there))
        )
    if here.search != there.search:
        yield "looks for libraries in " + both(
            *(listed([escaped(name) for name in each.search]) or "the usual places" for each in (here, there))
        )


def _made(one: _Marks, other: _Marks) -> Iterator[str]:
    if one.compiler != other.compiler:
        yield "the compiler is " + both(*(escaped(each.compiler) or "not told" for each in (one, other)))
    if bool(one.symbols) != bool(other.symbols):
        yield "stripped " + ("there" if one.symbols else "here") + " only"
    elif one.symbols != other.symbols:
        yield "debug information " + ("here" if len(one.symbols) > len(other.symbols) else "there") + " only"


def _build_ids(one: _Marks, other: _Marks) -> str:
    if one.build_id == other.build_id:
        return ""
    return f"build id {both(one.build_id or 'none', other.build_id or 'none')}"


def _marks(data: bytes) -> _Marks:
    found = parts(data)
    if found is None:
        return _Marks()
    build_id = next(
        (content.hex() for name, kind, content in notes(data, found) if (name, kind) == ("GNU", 3)), ""
    )
    comment = found.section(_COMPILER)
    compiler = b""
    if comment is not None:
        compiler = data[comment.offset : comment.offset + min(comment.size, 200)].replace(b"\0", b" ").strip()
    symbols = frozenset(part.name for part in found.sections if part.name in _SYMBOLS)
    return _Marks(build_id[:80], compiler.decode("ascii", "backslashreplace"), symbols)
