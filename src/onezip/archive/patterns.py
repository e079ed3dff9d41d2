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
    ("onezip.tf.json", "an export"),
    ("onezip.cfn.yaml", "an export"),
    ("onezip.sam.yaml", "an export"),
    ("onezip.mk", "an export"),
    ("onezip.gitlab-ci.yml", "an export"),
    (".onezip", "onezip's own caches"),
    (".github", "version control"),
)
"""Base names of the user's files and folders that stay out, and why; `*` stands for any characters.

`exclude = ["!name"]` brings one back.
"""

LITTER: tuple[tuple[str, str], ...] = (
    ("/README*", "words for people"),
    ("/CHANGELOG*", "words for people"),
    ("/CONTRIBUTING*", "words for people"),
    ("/CODE_OF_CONDUCT*", "words for people"),
    (".gitignore", "version control"),
    (".gitattributes", "version control"),
    ("/.gitlab-ci.yml", "version control"),
    ("/.circleci/", "version control"),
    ("/pyproject.toml", "a description of dependencies"),
    ("/setup.cfg", "a description of dependencies"),
    ("/uv.lock", "a description of dependencies"),
    ("/uv.toml", "a description of dependencies"),
    ("/poetry.lock", "a description of dependencies"),
    ("/poetry.toml", "a description of dependencies"),
    ("/pdm.lock", "a description of dependencies"),
    ("/Pipfile", "a description of dependencies"),
    ("/Pipfile.lock", "a description of dependencies"),
    ("/pylock.toml", "a description of dependencies"),
    ("/pylock.*.toml", "a description of dependencies"),
    ("requirements*.txt", "a description of dependencies"),
    ("/constraints*.txt", "a description of dependencies"),
    ("/.python-version", "a tool's settings"),
    ("/.tool-versions", "a tool's settings"),
    ("/mise.toml", "a tool's settings"),
    ("/.mise.toml", "a tool's settings"),
    ("/.editorconfig", "a tool's settings"),
    ("/.pre-commit-config.yaml", "a tool's settings"),
    ("/.flake8", "a tool's settings"),
    ("/.pylintrc", "a tool's settings"),
    ("/.coveragerc", "a tool's settings"),
    ("/tox.ini", "a tool's settings"),
    ("/noxfile.py", "a tool's settings"),
    ("/pytest.ini", "a tool's settings"),
    ("/mypy.ini", "a tool's settings"),
    ("/ruff.toml", "a tool's settings"),
    ("/Makefile", "a tool's settings"),
    ("/Justfile", "a tool's settings"),
    ("/justfile", "a tool's settings"),
    ("Dockerfile", "a container's description"),
    ("/Dockerfile.*", "a container's description"),
    (".dockerignore", "a container's description"),
    ("/docker-compose*.yml", "a container's description"),
    ("/docker-compose*.yaml", "a container's description"),
    ("/compose.yaml", "a container's description"),
    ("/template.yaml", "a description of a deployment"),
    ("/template.yml", "a description of a deployment"),
    ("/samconfig.*", "a description of a deployment"),
    ("/serverless.yml", "a description of a deployment"),
    ("/serverless.yaml", "a description of a deployment"),
    ("/buildspec*.yml", "a description of a deployment"),
    ("/cdk.json", "a description of a deployment"),
    ("/cdk.context.json", "a description of a deployment"),
    ("/*.tf", "a description of a deployment"),
    ("/.terraform.lock.hcl", "a description of a deployment"),
    ("/tests/", "tests"),
    ("conftest.py", "tests"),
    ("/.coverage", "what tests left"),
    ("/htmlcov/", "what tests left"),
    ("/dist/", "another tool's builds"),
    ("/build/", "another tool's builds"),
    ("/cdk.out/", "another tool's builds"),
    ("/*.egg-info/", "another tool's builds"),
    ("/node_modules/", "another language's packages"),
    ("/package.json", "another language's packages"),
    ("/package-lock.json", "another language's packages"),
)
"""What lies beside the code in a repository and is of no use on Lambda, and why it stays out.

These are gitignore-style lines, relative to the source. They count where nobody described the function: who
writes a project file says there what goes in, and a template is packed as its own tools do it. Licences stay.
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
        self.simple = not patterns.include and not patterns.exclude and not patterns.tidy
        self._litter = _compile([line for line, _ in LITTER]) if patterns.tidy and own else None
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
        reason = reason or self._litter_reason(relative, folder=folder)
        wanted, pattern = self._wish(relative, folder=folder)
        if wanted is not None:
            reason = "" if wanted else f"exclude `{pattern}`"
        if not reason and not folder and self._include is not None:
            return "" if self._include.match_file(relative) else "not in `include`"
        return reason

    def _litter_reason(self, relative: str, *, folder: bool) -> str:
        if self._litter is None:
            return ""
        found = self._litter.check_file(f"{relative}/" if folder else relative)
        return LITTER[found.index][1] if found.include and found.index is not None else ""

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
