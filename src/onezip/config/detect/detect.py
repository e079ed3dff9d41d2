"""A folder without a project file -> tables of functions, of the project file's own shape.  [pure]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onezip.config.detect import go, python
from onezip.config.detect.names import named
from onezip.config.detect.walk import Listing, Read, narrow


@dataclass(frozen=True, slots=True)
class Detected:
    """functions are tables by name, as `[functions.NAME]` would hold them; why says what told each.

    notes are for the user: what was left out, what was assumed, what was looked for where nothing is.
    """

    functions: Mapping[str, Mapping[str, Any]]
    notes: tuple[str, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)


def detect(listing: Listing, read: Read, *, name: str = "function") -> Detected:
    """The functions of a folder. name is the folder's own, for a Python function at its top.

    Raises ProjectError where a folder has two Python modules with a handler.
    """
    inside = narrow(listing)
    programs, go_notes = go.find(inside, read)
    modules, python_notes = python.find(inside, read, name)
    found = named([*programs, *modules])
    notes = [*go_notes, *python_notes]
    if not found:
        notes.append(f"looked for a Go main package below a go.mod, and for {python.looked_for()}")
    return Detected(
        {name: one.table for name, one in found.items()},
        tuple(notes),
        {name: one.why for name, one in found.items()},
    )
