"""What stays out of the zip: the defaults, each with its reason, then the project's own patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onezip.archive.names import normal
from onezip.errors import ProjectError
from onezip.model.function import Patterns

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

DEFAULTS: tuple[tuple[str, str], ...] = (
    (".git", "version control"),
    (".hg", "version control"),
    (".svn", "version control"),
    (".env", "may hold secrets"),
    (".env.*", "may hold secrets"),
    (".envrc", "may hold secrets"),
    ("__pycache__", "bytecode of another Python"),
    ("*.pyc", "bytecode of another Python"),
    (".pytest_cache", "a tool's cache"),
    (".mypy_cache", "a tool's cache"),
    (".ruff_cache", "a tool's cache"),
    (".tox", "virtual environments"),
    (".nox", "virtual environments"),
    (".idea", "an editor's files"),
    (".vscode", "an editor's files"),
    ("*.swp", "an editor's files"),
    ("*~", "an editor's files"),
    (".DS_Store", "a file manager's files"),
    ("Thumbs.db", "a file manager's files"),
    ("desktop.ini", "a file manager's files"),
    (".aws-sam", "another tool's builds"),
    (".terraform", "another tool's state"),
    ("*.tfstate*", "another tool's state, which may hold secrets"),
    ("onezip.toml", "the project file"),
    ("onezip.lock", "the project's lock"),
)
"""Base names of the user's files and folders that stay out, and why; `*` stands for any characters.

`exclude = ["!name"]` brings one back.
"""

VIRTUAL_ENVIRONMENT = "a virtual environment"
"""Why a folder that holds `pyvenv.cfg` stays out (PEP 405)."""

_EXACT = {pattern: reason for pattern, reason in DEFAULTS if "*" not in pattern}
_STARTS = tuple(pattern[:-1] for pattern, _ in DEFAULTS if pattern.endswith("*") and pattern[0] != "*")
_ENDS = tuple(pattern[1:] for pattern, _ in DEFAULTS if pattern[0] == "*" and pattern[-1] != "*")
_WITHIN = tuple((pattern[1:-1], reason) for pattern, reason in DEFAULTS if pattern[0] == pattern[-1] == "*")


def default_reason(name: str) -> str:
    """Why a base name stays out by default, or nothing."""
    if name in _EXACT:
        return _EXACT[name]
    for part, reason in _WITHIN:
        if part in name:
            return reason
    if name.endswith(_ENDS) or name.startswith(_STARTS):
        from fnmatch import fnmatchcase

        return next(reason for pattern, reason in DEFAULTS if fnmatchcase(name, pattern))
    return ""


class Rules:
    """The decision for one source: the defaults where it is the user's own, then its patterns.

    Raises ProjectError project.value for a pattern that is none.
    """

    def __init__(self, patterns: Patterns, *, own: bool) -> None:
        self.own = own
        self.simple = not patterns.include and not patterns.exclude
        self._exclude_lines = [line for line in patterns.exclude if line]
        self._exclude = _compile([_walked(line) for line in self._exclude_lines])
        self._include = _compile([line for line in patterns.include if line])

    def reason(self, name: str, relative: str, folder: bool) -> str:
        """Why a file or folder stays out, or nothing.

        name is the last part of relative, the path below the source with forward slashes.
        """
        reason = default_reason(name) if self.own else ""
        if self.simple:
            return reason
        relative = normal(relative)
        wanted, pattern = self._wish(relative, folder=folder)
        if wanted is not None:
            reason = "" if wanted else f"exclude `{pattern}`"
        if not reason and not folder and self._include is not None:
            return "" if self._include.match_file(relative) else "not in `include`"
        return reason

    def wanted(self, relative: str) -> bool:
        """Whether a folder is brought back by name (`!.venv`)."""
        return self._wish(normal(relative), folder=True)[0] is True

    def _wish(self, relative: str, *, folder: bool) -> tuple[bool | None, str]:
        if self._exclude is None:
            return None, ""
        found = self._exclude.check_file(f"{relative}/" if folder else relative)
        if found.include is None or found.index is None:
            return None, ""
        return not found.include, self._exclude_lines[found.index]


def _walked(line: str) -> str:
    """`folder/**` means what is in the folder, not the folder itself, which a walk asks about too."""
    return f"{line}/*" if line.endswith("/**") else line


def _compile(lines: list[str]) -> GitIgnoreSpec | None:
    if not lines:
        return None
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise ProjectError(
            "project.value",
            f"a pattern of `include` or `exclude` is not one: {error}",
            hint="patterns are written as in .gitignore",
        ) from error
