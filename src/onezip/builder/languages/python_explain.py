"""Why an installation failed, in words, and what would help.  [pure]

uv names the package; the names of its wheels, where an index told them, say the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from onezip.builder.languages.base import Explained
from onezip.builder.languages.python_candidates import Candidate, Release
from onezip.builder.languages.python_refusals import backend, refused
from onezip.builder.languages.python_target import target
from onezip.limits import RUNTIMES
from onezip.model.function import Architecture, Function

_NO_WHEEL = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)(?:\[[^\]]*\])?"
    r"(?P<versions>(?:[<>=!~]=?[^\s,]+)(?:,[<>=!~]=?[^\s,]+)*)?"
    r" (?:has|have) no (?:usable wheels|wheels with a matching)"
)
_OFFERED = re.compile(
    r"for `(?P<name>[^`]+)` \((?:v[^)]+)\) "
    r"(?:with the following [A-Za-z ]*tags?|on the following platforms?):"
    r" (?P<tags>`[^`]+`(?:, `[^`]+`)*)"
)
_FAILURES = (
    (
        r"(?:Because )?(?P<name>\S+) was not found in the (?:package registry|provided package locations)",
        "build.failed",
        "{name} is not in the package index",
        "check the name; a private index is named by --index-url in the file, or by UV_DEFAULT_INDEX",
    ),
    (
        r"Hash mismatch for `(?P<name>[^`]+)`",
        "build.failed",
        "{name} does not have the hash that the requirements give",
        "find out why before you trust it; uv pip compile --generate-hashes writes the hashes anew",
    ),
    (
        r"(?:no trusted hash was provided|none were provided) for: `?(?P<name>[^`\s]+)",
        "build.failed",
        "{name} is needed, but the requirements have no hash for it",
        "with hashes every package must be listed: uv pip compile --generate-hashes lists them all",
    ),
    (
        r"Python version \([^)]*\) does not satisfy (?P<need>Python\S+) and (?P<name>\S+) depends on",
        "build.failed",
        "{name} needs {need}, which the runtime does not have",
        "choose a newer runtime, or an older version of the package",
    ),
    (
        r"there (?:is|are) no versions? of (?P<name>\S+)",
        "build.failed",
        "{name} is not in the package index",
        "correct the version",
    ),
    (
        r"Failed to fetch|error sending request|Could not connect|dns error|status code 5",
        "network.failed",
        "the package index could not be reached",
        "check the network, the proxy and the index's address",
    ),
)  # fmt: skip
"""uv's words, the code, the message and the hint; `No solution found` alone is shown as uv says it."""

_UNDER_ANOTHER_NAME = {"psycopg2": "psycopg2-binary"}
"""Packages whose authors publish the wheels as another package."""


def wanting(output: str) -> dict[str, str]:
    """The packages that uv found no wheel for, each with the versions that it speaks of, as a specifier.

    The specifier is empty where it speaks of several ranges.
    """
    found: dict[str, str] = {}
    for match in _NO_WHEEL.finditer(" ".join(output.split())):
        versions = match["versions"] or ""
        found[match["name"]] = versions if found.get(match["name"], versions) == versions else ""
    return found


def explain(
    function: Function,
    output: str,
    candidates: Mapping[str, Sequence[Candidate]] = MappingProxyType({}),
    indexes: Sequence[tuple[str, str]] = (),
) -> Explained:
    """What uv's words mean for this function: `python.no-wheel`, `network.failed` or `build.failed`.

    candidates are the files of the packages that `wanting` names, indexes the (option, URL) of those that
    the project names; without them the words say less.
    """
    no = refused(output, indexes)
    if no is not None:
        return no
    missing = wanting(output)
    if missing:
        return _no_wheel(function, output, missing, candidates)
    if (failed := backend(output)) is not None:
        return failed
    flat = " ".join(output.split())
    for pattern, code, message, hint in _FAILURES:
        if match := re.search(pattern, flat):
            return Explained(code, message.format(**match.groupdict()), hint)
    error = re.search(r"error: (.+?)(?: cause: |$)", flat)
    return Explained("build.failed", f"uv: {error[1]}" if error else "uv could not install the requirements")


def remedy(function: Function, package: str, candidates: Sequence[Candidate], versions: str = "") -> str:
    """What would help where package (in versions, a specifier) has no wheel for the function; may be empty.

    The nearest version that has one, a newer runtime, the other architecture.
    """
    on = target(function)
    release = Release(package, candidates, versions)
    if release.version is None or release.fits(on):
        return ""
    if package in _UNDER_ANOTHER_NAME:
        return f"require {_UNDER_ANOTHER_NAME[package]} instead: it is the same with wheels"
    if release.source_only():
        return (
            f"{package} is published as source only; if it is pure Python, build its wheel once"
            f" (python -m pip wheel --no-deps -w wheels {package}=={release.version})"
            f' and add the line --find-links wheels; or let it be built here: allow_sdist = ["{package}"]'
        )
    if system := release.foreign():
        return f'{package} is for another system: write {package} ; sys_platform == "{system}"'
    ways = []
    if nearest := release.nearest(on):
        ways.append(f"{package} {nearest}")
    if runtime := _runtime(function, release):
        ways.append(f'runtime = "{runtime}"')
    other = Architecture.ARM64 if function.architecture is Architecture.X86_64 else Architecture.X86_64
    if release.fits(target(function, architecture=other)):
        ways.append(f'architecture = "{other}"')
    elif not ways and (runtime := _runtime(replace(function, architecture=other), release)):
        ways.append(f'runtime = "{runtime}" and architecture = "{other}"')
    said = []
    if release.runs(on):
        said.append(f"{release.label} has one that would run, but uv knows no glibc 2.{on.glibc[1]}")
    if ways:
        said.append(f"there is one with {', or with '.join(ways)}")
    return "; ".join(said) or (
        f"no version of {package} has one: build a wheel in a manylinux image, put it into a folder"
        " and add --find-links FOLDER"
    )


def _runtime(function: Function, release: Release) -> str:
    """The next newer runtime that this release has a wheel for, else the newest older one, else nothing."""
    own = function.runtime.python or (0, 0)
    fitting = sorted(
        (runtime.python, runtime.id)
        for runtime in RUNTIMES.values()
        if runtime.python and not runtime.preview and release.fits(target(function, runtime))
    )
    newer = [name for python, name in fitting if python > own]
    return (newer[:1] or [name for _, name in fitting[-1:]] or [""])[0]


def _no_wheel(
    function: Function,
    output: str,
    missing: Mapping[str, str],
    candidates: Mapping[str, Sequence[Candidate]],
) -> Explained:
    on = target(function)
    said, hints = [], []
    releases = {name: Release(name, candidates.get(name, ()), versions) for name, versions in missing.items()}
    # uv also speaks of older versions of packages whose newest one is well
    culprits = [name for name, release in releases.items() if not release.fits(on)] or list(missing)
    for name in culprits:
        release = releases[name]
        has = release.offers(on) or _offered(output, name)
        said.append(f"{release.label} ({has})" if has else release.label)
        hints.append(remedy(function, name, candidates.get(name, ()), missing[name]))
    where = f"python{on.short} on {on.machine} with glibc {on.glibc[0]}.{on.glibc[1]}"
    hint = "; ".join(dict.fromkeys(filter(None, hints)))
    return Explained("python.no-wheel", f"no wheel for {where}: {', '.join(said)}", hint)


def _offered(output: str, name: str) -> str:
    """The tags that uv itself tells of a package."""
    tags = [
        tag.strip("`")
        for match in _OFFERED.finditer(" ".join(output.split()))
        if match["name"] == name
        for tag in match["tags"].split(", ")
    ]
    return f"it has {', '.join(tags[:5])}{' ...' if len(tags) > 5 else ''}" if tags else ""
