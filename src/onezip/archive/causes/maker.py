"""Which tool made a zip, by the habits of its container.  [pure]

Each habit was read from zips that the tool itself made: Info-ZIP zip 3.0, 7-Zip 26, CPython 3.11 zipfile,
Go 1.26 archive/zip, build-lambda-zip 1.49, jar 17, archiver 7, yazl 3, jszip 3, adm-zip 0.5,
deterministic-zip 1.1, Rust's zip 2, cargo-lambda 1.9, strip-nondeterminism 1.13, git 2.39, aws-sam-cli 1.170.
Those of `archive_file`, Serverless and Rust's older zip are from their sources; those of macOS are not tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.extra import kinds
from onezip.archive.causes.sides import Sides
from onezip.archive.causes.words import both
from onezip.archive.manifest import Kind, Manifest, ManifestEntry

_GO, _NODE, _ZLIB = "Go's compress/flate", "Node's zlib, which is Chromium's", "zlib"
_RUST, _RUST_ENGINE = "Rust's crate zip (cargo-lambda)", "Rust's flate2 or zopfli"
_NPM_DETERMINISTIC = "npm's deterministic-zip"
_EPOCH, _NO_DATE = (1980, 1, 1, 0, 0, 0), (1980, 0, 0, 0, 0, 0)
_DETERMINISTIC = (1980, 1, 1, 12, 1, 0)  # 12:01, so that no time zone makes it 1979
_ARCHIVE_FILE = (2049, 1, 1, 0, 0, 0)
_SERVERLESS_YEARS = {2097, 2098}  # what older archivers make of 1970
_DESCRIPTOR, _UTF8 = 1 << 3, 1 << 11
_UT, _UX, _NTFS, _JAR, _OLD_UX = 0x5455, 0x7875, 0x000A, 0xCAFE, 0x5855
_COMMIT = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_LOOKED = 2000


@dataclass(frozen=True, slots=True)
class Guess:
    """A tool; sure where its habits are no other tool's. engine is what it compresses with."""

    name: str
    sure: bool = True
    engine: str = ""


def maker(manifest: Manifest) -> str:
    """What made a zip, in words of due confidence; empty where nothing tells.

    `looks like it was made by ...` where the habits are one tool's, `may have been made by ...` where
    another may have them too.
    """
    found = guess(manifest)
    if found is None:
        return ""
    return f"{'looks like it was' if found.sure else 'may have been'} made by {found.name}"


def makers(sides: Sides) -> Iterator[Cause]:
    """The two zips look like work of different tools."""
    here, there = guess(sides.a), guess(sides.b)
    if (here and here.name) != (there and there.name):
        words = both(*(_named(found) for found in (here, there)))
        yield cause("differs.maker", f"they look like work of different tools: {words}")


def guess(manifest: Manifest) -> Guess | None:
    """The tool whose habits a zip has; None where no known tool has them."""
    habits = _habits(manifest)
    if habits is None:
        return None
    base = _by_container(manifest, habits)
    if base and habits.times == {_DETERMINISTIC} and habits.sorted and base.name != _NPM_DETERMINISTIC:
        return Guess(f"{base.name}, then strip-nondeterminism", base.sure, base.engine)
    return base


@dataclass(slots=True)
class _Habits:
    """What the entries have in common. files are without folders."""

    files: list[ManifestEntry]
    folders: list[ManifestEntry]
    hosts: set[int] = field(default_factory=set)
    versions: set[int] = field(default_factory=set)
    needed: set[int] = field(default_factory=set)
    times: set[tuple[int, int, int, int, int, int]] = field(default_factory=set)
    flags: set[int] = field(default_factory=set)
    extra: set[int] = field(default_factory=set)
    modes: set[int] = field(default_factory=set)
    dos: set[int] = field(default_factory=set)
    text: bool = False
    sorted: bool = False

    def all_flagged(self, bit: int) -> bool:
        """Whether every deflated file has these flags; every file where none is deflated."""
        deflated = [entry for entry in self.files if entry.method_number == 8] or self.files
        return bool(deflated) and all(entry.flags & bit == bit for entry in deflated)


def _habits(manifest: Manifest) -> _Habits | None:
    entries = manifest.entries[:_MOST_LOOKED]
    if not entries:
        return None
    habits = _Habits(
        files=[entry for entry in entries if entry.kind is not Kind.FOLDER],
        folders=[entry for entry in entries if entry.kind is Kind.FOLDER],
    )
    for entry in entries:
        habits.hosts.add(entry.made_by[0])
        habits.versions.add(entry.made_by[1])
        habits.needed.add(entry.needed)
        habits.times.add(entry.modified)
        habits.flags.add(entry.flags & ~_UTF8)
        habits.extra |= kinds(entry)
        habits.text |= entry.internal != 0
    for entry in habits.files:
        habits.modes.add(entry.external >> 16)
        habits.dos.add(entry.external & 0xFFFF)
    names = [entry.raw_name for entry in entries]
    habits.sorted = names == sorted(names)
    return habits


def _by_container(manifest: Manifest, habits: _Habits) -> Guess | None:
    if manifest.engine.startswith("deflate "):
        return Guess("onezip")
    if _COMMIT.fullmatch(manifest.comment):
        return Guess("git archive", engine=_ZLIB)
    if any(entry.name.startswith("__MACOSX/") for entry in manifest.entries[:_MOST_LOOKED]):
        return Guess("macOS (Finder or ditto)")
    if _JAR in habits.extra:
        return Guess("Java's jar", engine=_ZLIB)
    if habits.hosts == {0} and habits.versions <= {10, 20} and habits.all_flagged(_DESCRIPTOR | _UTF8):
        return Guess("Java's java.util.zip", sure=False, engine=_ZLIB)
    return _streamed(habits) if habits.all_flagged(_DESCRIPTOR) else _seekable(habits)


def _streamed(habits: _Habits) -> Guess | None:
    """Makers that always write data descriptors."""
    if habits.versions == {45} and habits.dos <= {0x20}:
        if habits.times == {_EPOCH} or {time[0] for time in habits.times} <= _SERVERLESS_YEARS:
            return Guess("npm's archiver, as the Serverless Framework calls it", sure=False, engine=_NODE)
        return Guess("npm's archiver (bestzip and others)", engine=_NODE)
    if habits.versions == {63} and habits.all_flagged(_UTF8):
        return Guess("npm's yazl", engine=_NODE)
    if habits.versions == {0} and habits.hosts == {0} and habits.times == {_DETERMINISTIC}:
        return Guess(_NPM_DETERMINISTIC, engine=_NODE)
    if habits.versions != {20} or habits.dos != {0}:
        return None
    if _NO_DATE in habits.times:
        lambda_zip = habits.modes <= {0, 0o777} and 0o777 in habits.modes and habits.hosts <= {0, 3}
        name = "build-lambda-zip" if lambda_zip else "Go's archive/zip"
        return Guess(name, engine=_GO)
    if habits.times == {_ARCHIVE_FILE}:
        return Guess("Terraform's archive_file", engine=_GO)
    if habits.extra == {_UT} and habits.hosts == {3}:
        return Guess("Go's archive/zip", engine=_GO)
    if not habits.extra and habits.hosts == {3}:
        return Guess("Python's zipfile, to a pipe", sure=False, engine=_ZLIB)
    return None


def _seekable(habits: _Habits) -> Guess | None:
    """Makers that go back and fill the sizes in."""
    if habits.versions == {63} and (habits.dos & {0x8020, 0x20, 0x8000} or _NTFS in habits.extra):
        return Guess("7-Zip", engine="7-Zip's own deflate")
    if habits.versions <= {30, 31} and not habits.extra - {_UT, _UX, 1, 0x7075}:
        plain_needs = {entry.needed for entry in habits.files if entry.method_number == 8}
        if plain_needs == {10}:
            return Guess("npm's jszip", engine=_ZLIB)
        return Guess("Info-ZIP zip", bool(habits.extra or habits.text), "Info-ZIP's own deflate")
    if habits.versions == {21} and habits.hosts == {3}:
        return Guess("macOS (Finder or ditto)", sure=_OLD_UX in habits.extra)
    if habits.versions == {46} and habits.hosts == {3} and not habits.extra:
        return Guess(_RUST, sure=False, engine=_RUST_ENGINE)  # as zip 0.6 and before had it
    if habits.versions != {20} or habits.extra:
        return None
    return _version_two(habits)


def _version_two(habits: _Habits) -> Guess | None:
    """Plain zips of version 2.0: the fewest habits."""
    if habits.hosts == {0} and habits.modes == {0}:
        return Guess("npm's jszip", sure=False, engine=_ZLIB) if habits.needed == {10} else None
    if all(entry.flags & _UTF8 for entry in habits.files) and any(e.raw_name.isascii() for e in habits.files):
        return Guess("npm's adm-zip", sure=False, engine=_NODE)
    if any(entry.external & 0xFFFF != 0x10 for entry in habits.folders):
        return Guess(_RUST, sure=False, engine=_RUST_ENGINE)
    if habits.needed != {20}:
        return None
    if habits.times == {_EPOCH} and not habits.folders:
        if habits.sorted and habits.modes <= {0o100644, 0o100755}:
            return Guess("onezip", sure=False)
        return Guess("Python's zipfile (SAM CLI or another)", sure=False, engine=_ZLIB)
    if [entry.name for entry in habits.files] == ["bootstrap"]:
        return Guess("Python's zipfile or cargo-lambda", sure=False)
    return Guess("Python's zipfile", sure=bool(habits.folders), engine=_ZLIB)


def _named(found: Guess | None) -> str:
    if found is None:
        return "a tool not known here"
    return found.name if found.sure else f"perhaps {found.name}"
