"""Why two zips differ: a table of causes, one module for each theme.  [pure]

To add one: a finder, its row in FINDERS, its code in `cause.TABLE` and `codes.CODES`, and a pair of zips in
the tests that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from onezip.archive.causes.cause import Cause
from onezip.archive.causes.container import duplicates, surplus, unsound
from onezip.archive.causes.engine import engine, method
from onezip.archive.causes.extra import extra
from onezip.archive.causes.files import files
from onezip.archive.causes.headers import (
    attributes,
    comments,
    descriptors,
    encoding,
    flags,
    host,
    version,
    zip64,
)
from onezip.archive.causes.maker import makers
from onezip.archive.causes.modes import modes
from onezip.archive.causes.order import folders, order
from onezip.archive.causes.sides import Sides
from onezip.archive.causes.times import times

FINDERS: tuple[Callable[[Sides], Iterator[Cause]], ...] = (
    files, makers, method, engine, modes, times, order, folders, extra, host, version, descriptors, flags,
    encoding, attributes, comments, zip64, surplus, duplicates, unsound,
)  # fmt: skip
"""Each finds the causes of one theme, or none."""
