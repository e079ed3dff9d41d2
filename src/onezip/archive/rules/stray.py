"""Rules about files that came along by accident.  [pure]

They cost size and cold start, tell the world what a repository tells its team, or make two machines' zips
differ. Developer Guide, "Best practices": "Minimize your deployment package size".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from onezip.archive.rules.finding import Finding, Rule, megabytes, several
from onezip.archive.rules.owners import brought
from onezip.archive.rules.subject import Subject
from onezip.archive.rules.survey import Format
from onezip.errors import Severity

_VCS = re.compile(r"(?:^|/)(\.(?:git|hg|svn|bzr))/")
_CACHES = re.compile(
    r"(?:^|/)(\.(?:pytest_cache|mypy_cache|ruff_cache|hypothesis|tox|nox|cache|eggs|ipynb_checkpoints|gradle|"
    r"aws-sam|serverless|terraform|chalice|venv|sst|turbo|next/cache)|cdk\.out|htmlcov|venv|env/lib/python[^/]*)/"
)
_EDITORS = re.compile(
    r"(?:^|/)(?:\.idea/|\.vscode/|\.vs/|__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._[^/]+$|[^/]+\.sw[op]$|[^/]+~$)"
)
_TESTS = re.compile(
    r"^(?:[^/]+/){0,3}?(?:tests?|__tests__)/|(?:^|/)(?:test_[^/]+\.py|[^/]+_test\.(?:py|go))$"
)
_NODE = re.compile(r"(?:^|/)node_modules/")
_INSTALLER = re.compile(
    r"\.dist-info/(?:RECORD(?:\.jws|\.p7s)?|INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json|uv_build\.json)$"
)
_WINDOWS = re.compile(r"\.(?:bat|cmd|ps1|vbs)$", re.IGNORECASE)
_ARCHIVES = re.compile(r"^[^/]+\.(?:zip|tar|tar\.gz|tgz|whl)$")


def vcs(subject: Subject) -> Iterator[Finding]:
    """The folder of a version control system: the whole history, and at times its passwords."""
    yield from _found(
        subject,
        [name for name in subject.files if _VCS.search(name)],
        "check.vcs",
        Severity.WARNING,
        "{count} files of version control ({size}): {names}",
        "Leave .git and its like out: onezip does. Look whether .git/config holds a password.",
    )


def caches(subject: Subject) -> Iterator[Finding]:
    """Caches, virtual environments and the output of other tools."""
    names = [name for name in subject.files if _CACHES.search(name)]
    roots = {name.rpartition("/")[0] for name in subject.files if name.rpartition("/")[2] == "pyvenv.cfg"}
    if roots:
        known = set(names)
        tops = tuple(f"{root}/" if root else "" for root in sorted(roots)[:100])
        names += [name for name in subject.files if name not in known and name.startswith(tops)]
    yield from _found(
        subject,
        names,
        "check.cache",
        Severity.WARNING,
        "{count} files of caches, virtual environments or other tools' output ({size}): {names}",
        "Leave them out with `exclude`; dependencies belong at the root of the zip.",
    )


def editors(subject: Subject) -> Iterator[Finding]:
    """What editors and file managers leave."""
    yield from _found(
        subject,
        [name for name in subject.files if _EDITORS.search(name)],
        "check.editor",
        Severity.NOTE,
        "{count} files of editors or file managers ({size}): {names}",
        "Leave them out with `exclude`.",
    )


def tests(subject: Subject) -> Iterator[Finding]:
    """The function's own tests, or those of its packages."""
    there = subject.packages
    found = [name for name in subject.files if _TESTS.search(name)]
    own = [name for name in found if not brought(name, there)]
    others = [name for name in found if brought(name, there)]
    text = "{count} files of %s tests ({size}): {names}"
    fix = "Leave them out with `exclude`."
    yield from _found(subject, own, "check.tests", Severity.NOTE, text % "the function's", fix)
    yield from _found(subject, others, "check.tests", Severity.NOTE, text % "packages'", fix)


def node(subject: Subject) -> Iterator[Finding]:
    """node_modules in a function that is not Node's."""
    if subject.runtime is None:
        return
    found = [name for name in subject.files if _NODE.search(name)]
    if subject.runtime.os_only and subject.survey.formats.get("bootstrap") is Format.SCRIPT:
        return  # a script may start a Node of its own
    yield from _found(
        subject,
        found,
        "check.node-modules",
        Severity.WARNING,
        "{count} files in node_modules ({size}), which " + subject.runtime.id + " does not use: {names}",
        "Leave node_modules out with `exclude`.",
    )


def installer(subject: Subject) -> Iterator[Finding]:
    """What an installer writes about itself: it differs between machines and runs."""
    yield from _found(
        subject,
        [name for name in subject.files if _INSTALLER.search(name)],
        "check.not-normalised",
        Severity.NOTE,
        "{count} files that an installer wrote about itself ({size}), which differ between machines: {names}",
        "Leave RECORD, INSTALLER, REQUESTED, direct_url.json and uv_cache.json out: onezip does.",
    )


def windows(subject: Subject) -> Iterator[Finding]:
    """Scripts that only Windows runs."""
    yield from _found(
        subject,
        [name for name in subject.files if _WINDOWS.search(name)],
        "check.windows-script",
        Severity.NOTE,
        "{count} scripts for Windows ({size}): {names}",
        "Leave them out with `exclude`: Lambda runs Linux.",
    )


def nested(subject: Subject) -> Iterator[Finding]:
    """A zip in the zip: Lambda unpacks the outer one only."""
    found = [name for name in subject.files if _ARCHIVES.search(name)]
    alone = bool(found) and len(found) == len(subject.files)
    yield from _found(
        subject,
        found,
        "check.archive",
        Severity.ERROR if alone else Severity.NOTE,
        "nothing but {count} archives ({size}), which Lambda does not unpack: {names}"
        if alone
        else "{count} archives at the root ({size}); Lambda unpacks the zip itself only: {names}",
        "Upload the inner zip itself."
        if alone
        else "Leave them out with `exclude`, if they are earlier builds.",
    )


def _found(
    subject: Subject, names: list[str], code: str, severity: Severity, text: str, fix: str
) -> Iterator[Finding]:
    """One finding for all: these come in thousands."""
    if names:
        size = megabytes(sum(subject.files[name].size for name in names))
        message = text.format(count=f"{len(names):,}", size=size, names=several(names))
        yield Finding(code, severity, message, names[0], "", fix)


RULES = (
    Rule(
        "check.vcs",
        Severity.WARNING,
        vcs,
        "A `.git` folder holds the whole history of a repository, and its config at times a password.",
    ),
    Rule(
        "check.cache",
        Severity.WARNING,
        caches,
        "Caches of tools, virtual environments, and the output of SAM, CDK, Terraform and Serverless.",
    ),
    Rule(
        "check.editor", Severity.NOTE, editors, "Files of editors and file managers, macOS's `__MACOSX` too."
    ),
    Rule(
        "check.tests",
        Severity.NOTE,
        tests,
        "Tests, the function's own and those of its packages, are not needed to run.",
    ),
    Rule(
        "check.node-modules",
        Severity.WARNING,
        node,
        "`node_modules` in a function of Python, or with a bootstrap that is a program.",
    ),
    Rule(
        "check.not-normalised",
        Severity.NOTE,
        installer,
        "Installers write RECORD, INSTALLER, REQUESTED and direct_url.json: paths, times and digests of"
        " scripts that differ between machines, so that equal requirements make different zips.",
    ),
    Rule("check.windows-script", Severity.NOTE, windows, "`.bat`, `.cmd`, `.ps1` and `.vbs` files."),
    Rule(
        "check.archive",
        Severity.NOTE,
        nested,
        "Archives at the root are mostly earlier builds. A zip that holds nothing but another zip is an"
        " error: Lambda unpacks the outer one only.",
    ),
)
