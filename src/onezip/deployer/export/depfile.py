"""Rules in make's own escaping (GNU Make Manual, "Rule Syntax"; tried with GNU Make 4.3).

A blank, a tab and `#` get a backslash, backslashes right before one of these are doubled, `$` is doubled and
a colon gets a backslash, but for the one of a Windows drive. `%` stays as it is in a prerequisite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from onezip.errors import ProjectError

_IMPOSSIBLE = re.compile(r"[=;|\n\r\0]")
"""What make reads as something other than a name, however it is escaped."""


def escape(path: str) -> str:
    """A path as make has to read it. Raises ProjectError for one that make has no spelling for."""
    found = _IMPOSSIBLE.search(path)
    if found is not None:
        raise ProjectError(
            "make.name",
            f"make cannot depend on {path!r}: it has no spelling for {found[0]!r} in a name",
            hint="rename the file, leave it out with exclude, or do without --depfile",
        )
    drive = path[:2] if re.match(r"[A-Za-z]:/", path) else ""
    rest = re.sub(r"(\\*)([ \t#])", r"\1\1\\\2", path[len(drive) :])
    return drive + rest.replace("$", "$$").replace(":", "\\:")


def rule(target: str, inputs: Iterable[str]) -> str:
    """One rule without a recipe, and an empty rule for each input: one that is deleted does not stop make.

    As a target, a name with `%` would be a pattern, and one with a tab has no spelling: it gets no such rule.
    """
    escaped = [escape(path) for path in inputs]
    empty = [path.replace("%", "\\%") + ":" for path in escaped if "\t" not in path]
    lines = [" \\\n  ".join([f"{escape(target)}:", *escaped]), *empty]
    return "\n".join(lines) + "\n"
