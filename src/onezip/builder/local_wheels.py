"""Wheels of projects in the repository: built from copies, only pure ones, the same on every machine.

A build backend runs, and may write beside what it builds; so it gets a copy. What it says of itself in the
wheel (its version, the age of its metadata format) is written anew, for two machines may have two of it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email import message_from_bytes

from onezip.archive.collect import Source, collect
from onezip.builder.job import Surroundings
from onezip.builder.languages.python_direct import normalised
from onezip.builder.languages.python_wanted import WHEELS, file_url
from onezip.errors import ArchiveError, BuildFailed, Diagnostic, ProjectError, Severity
from onezip.model.build import Recipe
from onezip.model.function import Patterns

LEFT_OUT = ("*.egg-info/", ".eggs/", "/build/", "/dist/", "node_modules/", "cdk.out/", ".coverage")
"""What tools leave in a project's folder beside what `archive.patterns.DEFAULTS` knows."""

_LINE = re.compile(re.escape(WHEELS) + r"/(?P<number>\d+)/\*\.whl(?P<extras>\[[^\]]*\])?")
_KEPT = ("Name", "Version", "Summary", "Requires-Python", "Provides-Extra", "Requires-Dist")
_TIME = (1980, 1, 1, 0, 0, 0)


def source_folder(path: str) -> Source:
    """A local project, or a folder with wheels, as what of it counts."""
    return Source(path, patterns=Patterns(exclude=LEFT_OUT))


def prepare(recipe: Recipe, tree: str, around: Surroundings, skip: frozenset[str]) -> None:
    """Say whose code is going to run, and make the copies that it runs on. tree is the staging folder.

    Raises ProjectError python.runs-build where that is refused, ArchiveError for what cannot be copied.
    """
    if recipe.runs and not around.run_builds:
        raise ProjectError(
            "python.runs-build",
            f"{', '.join(recipe.functions)}: {_runs(recipe.runs)}, and that is refused",
            hint="name ready wheels instead, or allow it",
        )
    if new := [each for each in recipe.runs if each not in around.told]:
        around.told.update(new)
        around.report(Diagnostic("python.runs-build", Severity.NOTE, _runs(new)))
    for folder, copy in recipe.copies:
        _copy(folder, copy.replace("{staging}", tree), around, skip)


def _runs(builds: Sequence[str]) -> str:
    named = ["the project itself" if each == "." else each for each in builds]
    return f"building {', '.join(named)} runs {'its' if len(builds) == 1 else 'their'} own code"


def _copy(folder: str, to: str, around: Surroundings, skip: frozenset[str]) -> None:
    for entry in collect([source_folder(folder)], report=around.report, skip=skip).entries:
        target = os.path.join(to, *entry.name.split("/"))
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(entry.path or "", "rb") as source, open(target, "wb") as copy:
                copy.write(source.read())
        except OSError as error:
            raise ArchiveError(
                "archive.unreadable", f"{entry.path} cannot be copied: {error.strerror or error}"
            ) from error


def with_wheels(text: str, tree: str) -> str:
    """Requirements with the wheels that were built by now: `name @ file:///...`, with their digests.

    Raises BuildFailed for a wheel that is for one system alone.
    """
    if WHEELS not in text:
        return text
    return "".join(f"{_LINE.sub(lambda match: _named(match, tree), line)}\n" for line in text.splitlines())


def wheel_folder(tree: str, number: int) -> str:
    """Where the wheel of a local project lies, by its place among the recipe's copies."""
    return os.path.join(tree, "wheels", str(number))


def _named(match: re.Match[str], tree: str) -> str:
    path = _wheel(wheel_folder(tree, int(match["number"])))
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    name = normalised(os.path.basename(path).partition("-")[0])
    return f"{name}{match['extras'] or ''} @ {file_url(path)}#sha256={digest}"


def _wheel(folder: str) -> str:
    """The one wheel in a folder, in its normal form."""
    names = [name for name in os.listdir(folder) if name.endswith(".whl")]
    if len(names) != 1:
        raise BuildFailed("build.failed", f"a build left {len(names)} wheels instead of one")
    if not names[0].endswith("-none-any.whl"):
        raise BuildFailed(
            "python.wheel",
            f"{names[0]} is for the system that it was built on, not for Lambda",
            hint="only pure projects are built here: build its wheel in a manylinux image and name that",
        )
    path = os.path.join(folder, names[0])
    if not os.path.exists(f"{path}.normal"):
        _normalise(path)
        with open(f"{path}.normal", "wb"):
            pass
    return path


def _normalise(path: str) -> None:
    """Write METADATA, WHEEL and RECORD anew: what counts of them, in one form (PEP 427, core metadata)."""
    try:
        with zipfile.ZipFile(path) as wheel:
            content = {name: wheel.read(name) for name in wheel.namelist() if not name.endswith("/")}
    except (OSError, zipfile.BadZipFile) as error:
        raise BuildFailed("build.failed", f"{os.path.basename(path)} cannot be read: {error}") from error
    info = next(name.partition("/")[0] for name in content if re.fullmatch(r"[^/]+\.dist-info/WHEEL", name))
    tags = message_from_bytes(content[f"{info}/WHEEL"])
    content[f"{info}/WHEEL"] = _headers(
        [
            ("Wheel-Version", "1.0"),
            ("Generator", "onezip"),
            ("Root-Is-Purelib", str(tags.get("Root-Is-Purelib", "true")).lower()),
            *sorted(("Tag", str(tag)) for tag in tags.get_all("Tag", [])),
        ]
    )
    said = message_from_bytes(content[f"{info}/METADATA"])
    content[f"{info}/METADATA"] = _headers(
        [
            ("Metadata-Version", "2.1"),
            *((key, value) for key in _KEPT for value in sorted(map(str, said.get_all(key, [])))),
        ]
    )
    content.pop(f"{info}/RECORD", None)
    content[f"{info}/RECORD"] = _record(content, f"{info}/RECORD")
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in content.items():
            wheel.writestr(zipfile.ZipInfo(name, _TIME), data)


def _headers(pairs: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{key}: {value}\n" for key, value in pairs).encode()


def _record(content: Mapping[str, bytes], own: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(_digests(content))
    writer.writerow((own, "", ""))
    return text.getvalue().encode()


def _digests(content: Mapping[str, bytes]) -> Iterator[tuple[str, str, int]]:
    for name, data in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        yield name, f"sha256={digest}", len(data)
