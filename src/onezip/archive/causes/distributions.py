"""Python distributions of other versions or other wheels, told once instead of file by file.  [pure]

The `*.dist-info` folder: PEP 376, PEP 427, and packaging.python.org's "Recording installed projects".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.rest import Rest
from onezip.archive.causes.words import both, counted, either, escaped, listed
from onezip.archive.manifest import ManifestEntry

MOST_TOLD = 25
"""Distributions with a line of their own; the others are told in one."""

_INFO = re.compile(r"(?P<prefix>(?:.*/)?)(?P<name>[^/]+?)-(?P<version>[^/-]+)\.dist-info/")
_MOST_METADATA, _MOST_RECORD = 64 << 10, 4 << 20
_SHOWN_TAGS = 2

Read = Callable[[ManifestEntry, int], bytes | None]


@dataclass(slots=True)
class _Dist:
    """One installed distribution. folder ends with a slash; wheel holds the fields of its WHEEL file."""

    prefix: str
    folder: str
    name: str
    version: str
    wheel: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entries: dict[str, ManifestEntry] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Where it is and what it is: names are equal in PEP 503's normal form."""
        return self.prefix, re.sub(r"[-_.]+", "-", self.name).lower()


def distributions(rest: Rest) -> Iterator[Cause]:
    """The distributions that differ; their files are taken out of the rest."""
    sides = rest.sides
    here = _found((entry for entry in sides.a.entries), sides.read_a)
    there = _found((entry for entry in sides.b.entries), sides.read_b)
    causes = []
    claims = _Claims()
    for key in sorted(here.keys() | there.keys()):
        one, other = here.get(key), there.get(key)
        told = _contrast(one, other)
        if told is None:
            continue
        claims.add(one, sides.read_a)
        claims.add(other, sides.read_b)
        causes.append((key, *told))
    taken = claims.of(rest.names())
    rest.take(name for names in taken.values() for name in names)
    for key, code, summary, detail in causes[:MOST_TOLD]:
        names = taken.get(key, [])
        files = f" ({counted(len(names), 'file')})" if names else ""
        yield cause(code, summary + files, names, detail)
    if len(causes) > MOST_TOLD:
        others = causes[MOST_TOLD:]
        names = [name for key, *_ in others for name in taken.get(key, [])]
        summary = f"{len(others)} more dependencies differ: {listed([key[1] for key, *_ in others])}"
        yield cause("differs.dependency", summary, names, more=-1)


def _found(entries: Iterable[ManifestEntry], read: Read) -> dict[tuple[str, str], _Dist]:
    folders: dict[str, _Dist] = {}
    for entry in entries:
        if ".dist-info/" not in entry.name:
            continue
        match = _INFO.match(entry.name)
        if match:
            folder = match[0]
            dist = folders.setdefault(folder, _Dist(match["prefix"], folder, match["name"], match["version"]))
            dist.entries[entry.name[len(folder) :]] = entry
    for dist in folders.values():
        metadata = _fields(dist, "METADATA", read)
        dist.name = next(iter(metadata.get("name", ())), dist.name)
        dist.version = next(iter(metadata.get("version", ())), dist.version)
        dist.wheel = _fields(dist, "WHEEL", read)
    return {dist.key: dist for dist in folders.values()}


def _fields(dist: _Dist, file: str, read: Read) -> dict[str, tuple[str, ...]]:
    """The fields before the first empty line, names in lower case."""
    entry = dist.entries.get(file)
    data = read(entry, _MOST_METADATA) if entry is not None else None
    found: dict[str, tuple[str, ...]] = {}
    for line in (data or b"").decode("utf-8", "backslashreplace").splitlines():
        if not line.strip():
            break
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            found[name.lower()] = (*found.get(name.lower(), ()), value.strip())
    return found


def _contrast(one: _Dist | None, other: _Dist | None) -> tuple[str, str, str] | None:
    """Code, summary and detail of a difference, None where there is none."""
    if one is None or other is None:
        dist = one or other
        if dist is None:
            return None
        words = f"{escaped(dist.name)} {escaped(dist.version)} only {either(here=other is None)}"
        return "differs.dependency", f"a dependency: {words}", ""
    if one.version != other.version:
        words = both(escaped(one.version), escaped(other.version))
        return "differs.dependency", f"another version of {escaped(one.name)}: {words}", ""
    lines = [
        f"{key}: {both(_value(one.wheel.get(key)), _value(other.wheel.get(key)))}"
        for key in ("tag", "build", "generator")
        if one.wheel and other.wheel and sorted(one.wheel.get(key, ())) != sorted(other.wheel.get(key, ()))
    ]
    if not lines:
        return None
    label = f"{escaped(one.name)} {escaped(one.version)}"
    return "differs.wheel", f"another wheel of {label}: {lines[0]}", "\n".join(lines[1:])


def _value(values: Sequence[str] | None) -> str:
    if not values:
        return "none"
    return listed([escaped(value) for value in sorted(values)], _SHOWN_TAGS)


class _Claims:
    """Which files belong to which distribution: by RECORD, else by top folders."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, str]] = {}
        self._folders: dict[str, tuple[str, str]] = {}
        self._tops: dict[tuple[str, str], tuple[str, str]] = {}
        self._prefixes: set[str] = set()

    def add(self, dist: _Dist | None, read: Read) -> None:
        if dist is None:
            return
        self._folders[dist.folder] = dist.key
        self._prefixes.add(dist.prefix)
        record, tops = (_read(dist, file, read) for file in ("RECORD", "top_level.txt"))
        for line in record.splitlines():
            path = line[1:].partition('"')[0] if line.startswith('"') else line.partition(",")[0]
            if path:
                self._files[posixpath.normpath(dist.prefix + path)] = dist.key
        guess = re.sub(r"[-.]+", "_", dist.name)
        for top in {*tops.split(), guess, guess.lower(), dist.name}:
            self._tops[dist.prefix, top] = dist.key
            self._tops[dist.prefix, f"{top}.libs"] = dist.key

    def of(self, names: Iterable[str]) -> dict[tuple[str, str], list[str]]:
        """The names that are claimed, by distribution."""
        found: dict[tuple[str, str], list[str]] = {}
        for name in names:
            owner = self._files.get(name) or self._by_folder(name)
            if owner is not None:
                found.setdefault(owner, []).append(name)
        return found

    def _by_folder(self, name: str) -> tuple[str, str] | None:
        info = name.find(".dist-info/")
        if info >= 0:
            return self._folders.get(name[: info + len(".dist-info/")])
        for prefix in self._prefixes:
            if not name.startswith(prefix):
                continue
            top, slash, _ = name[len(prefix) :].partition("/")
            owner = self._tops.get((prefix, top if slash else top.partition(".")[0]))
            if owner is not None:
                return owner
        return None


def _read(dist: _Dist, file: str, read: Read) -> str:
    entry = dist.entries.get(file)
    data = read(entry, _MOST_RECORD) if entry is not None else None
    return (data or b"").decode("utf-8", "backslashreplace")
