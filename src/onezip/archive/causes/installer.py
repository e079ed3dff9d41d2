"""Files that installers and interpreters leave: nothing reads them at run time.  [pure]

RECORD, INSTALLER, REQUESTED and direct_url.json: packaging.python.org, "Recording installed projects";
uv_cache.json and uv_build.json: uv's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from onezip.archive.causes.bytecode import is_bytecode
from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.rest import Rest
from onezip.archive.causes.words import counted, either, listed, named

_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")


def installer(rest: Rest) -> Iterator[Cause]:
    """An installer's notes about itself."""
    names = [name for name in rest.names() if _is_note(name)]
    if not names:
        return
    kinds = [note for note in _NOTES if any(name.endswith("/" + note) for name in names)]
    rest.take(names)
    words = f"an installer's own notes differ: {listed(kinds)} ({counted(len(names), 'file')})"
    yield cause("differs.installer", words, names)


def bytecode_of_one_side(rest: Rest) -> Iterator[Cause]:
    """Compiled files that only one side has."""
    for found, here in ((rest.removed, True), (rest.added, False)):
        names = [name for name in found if is_bytecode(name)]
        if names:
            rest.take(names)
            yield cause("differs.bytecode", f"compiled files only {either(here=here)}: {named(names)}", names)


def _is_note(name: str) -> bool:
    folder, _, last = name.rpartition("/")
    return last in _NOTES and folder.endswith(".dist-info")
