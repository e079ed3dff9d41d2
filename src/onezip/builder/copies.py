"""A folder for a command to work on, so that nothing is written beside the user's files."""

from __future__ import annotations

import os
import shutil

from onezip.archive.collect import Source, collect
from onezip.builder.job import Surroundings
from onezip.errors import ArchiveError
from onezip.model.build import Recipe


def copy_for_command(recipe: Recipe, tree: str, around: Surroundings, skip: frozenset[str]) -> None:
    """Copy the recipe's folders, with modes and times, and make those that its products are to be in.

    tree is the staging folder, skip what stays out. Raises ArchiveError for what cannot be copied.
    """
    if not recipe.copies:
        return
    for folder, copy in recipe.copies:
        found = collect([Source(folder)], report=around.report, skip=skip)
        for entry in found.entries:
            target = os.path.join(copy.replace("{staging}", tree), *entry.name.split("/"))
            try:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(entry.path, target)
            except OSError as error:
                raise ArchiveError(
                    "archive.unreadable", f"{entry.path} cannot be copied: {error.strerror or error}"
                ) from error
    for product in recipe.products:
        os.makedirs(product.path.replace("{staging}", tree), exist_ok=True)
