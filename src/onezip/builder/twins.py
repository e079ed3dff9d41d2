"""Files that a dependency and the function's own source both bring, and that are one and the same.

A project that is built into a wheel lies beside its own wheel where its folder is packed too; and an
installed module may be a copy of one in the source. Then nothing is in conflict: the source's file stays.
"""

from __future__ import annotations

import filecmp
import os
import zipfile
from collections.abc import Iterable, Sequence

from onezip.archive.entry import Entry
from onezip.builder.languages.python_wanted import is_below
from onezip.builder.local_wheels import wheel_folder
from onezip.model.build import Recipe
from onezip.model.function import Function
from onezip.model.layer import FOLDER


def without_twins(entries: Iterable[Entry], own_wheels: frozenset[str]) -> list[Entry]:
    """The entries without those of dependencies that the user's files stand for anyway.

    own_wheels are the names that wheels of the function's own project bring.
    """
    listed = list(entries)
    own = {entry.name: entry for entry in listed if entry.own}
    return [entry for entry in listed if entry.own or not _twin(entry, own.get(entry.name), own_wheels)]


def shared_out(entries: Iterable[Entry], function: Function, own_wheels: frozenset[str]) -> list[Entry]:
    """What of the entries is the function's, and what its layer's, where it has one.

    The wheel of its own project is the function's: its source changes when the function does.
    """
    if function.layer:
        return [entry for entry in entries if entry.own or entry.name in own_wheels]
    if function.layer_of:
        start = f"{FOLDER}/"
        return [entry for entry in entries if entry.name.removeprefix(start) not in own_wheels]
    return list(entries)


def _twin(entry: Entry, own: Entry | None, own_wheels: frozenset[str]) -> bool:
    if own is None:
        return False
    if entry.name in own_wheels:
        return True
    if not (entry.path and own.path) or entry.size != own.size:
        return False
    try:
        return filecmp.cmp(entry.path, own.path, shallow=False)
    except OSError:
        return False  # whoever packs it will say why it cannot be read


def names_of_own_wheels(recipe: Recipe, source: str, staging: str) -> frozenset[str]:
    """The files in the wheels of projects that source (absolute) belongs to. staging is the staged folder.

    A wheel that cannot be read brings none; it was read before, to be installed.
    """
    names: list[str] = []
    for number, (folder, _) in enumerate(recipe.copies):
        if is_below(source, folder):
            names += _names(wheel_folder(staging, number))
    return frozenset(names)


def _names(folder: str) -> Sequence[str]:
    try:
        wheels = [name for name in os.listdir(folder) if name.endswith(".whl")]
        with zipfile.ZipFile(os.path.join(folder, wheels[0])) as wheel:
            return wheel.namelist()
    except (OSError, IndexError, zipfile.BadZipFile):
        return ()
