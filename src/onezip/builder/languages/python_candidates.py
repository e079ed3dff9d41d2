"""The files an index has of a package, and which of them run where.  [pure]

The name of a wheel says for which interpreter, ABI and platform it is (PEP 425, PEP 427).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onezip.builder.languages.python_target import Target

if TYPE_CHECKING:
    from packaging.version import Version


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of a package in an index: a wheel or a source distribution, by its name.

    url may hold credentials; sha256 is hex, empty where the index does not tell.
    """

    filename: str
    requires_python: str = ""
    yanked: bool = False
    url: str = field(default="", compare=False, repr=False)
    sha256: str = field(default="", compare=False)


class Release:
    """The newest of the versions in question, among all the files of its package.

    versions is a specifier (PEP 440); empty means any. version is None where the index has none of them.
    """

    def __init__(self, package: str, candidates: Sequence[Candidate], versions: str) -> None:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        self._files = _by_version(candidates)
        try:
            wanted = SpecifierSet(versions, prereleases=True)
        except InvalidSpecifier:
            wanted = SpecifierSet()
        asked = sorted(version for version in self._files if version in wanted)
        newest = ([version for version in asked if not version.is_prerelease] or asked)[-1:]
        self.version: Version | None = newest[0] if newest else None
        self.label = f"{package} {newest[0]}" if newest else f"{package}{versions}"
        self._mine = self._files[newest[0]] if newest else []

    def source_only(self) -> bool:
        """Whether no version of the package has any wheel."""
        return not any(file.tags for files in self._files.values() for file in files)

    def foreign(self) -> str:
        """`win32` or `darwin` where the package, in every version, is for that system alone; else nothing."""
        every = [file for files in self._files.values() for file in files]
        for mark, system in (("win", "win32"), ("macosx", "darwin")):
            if every and all(file.tags and file.platform.startswith(mark) for file in every):
                return system
        return ""

    def fits(self, on: Target) -> bool:
        """Whether uv would choose a wheel of this version there."""
        return any(file.tags & on.uv_tags() and file.takes(on) for file in self._mine)

    def runs(self, on: Target) -> bool:
        """Whether a wheel of this version would run there."""
        return any(file.tags & on.tags() and file.takes(on) for file in self._mine)

    def between(self, on: Target) -> Candidate | None:
        """The file of this version that would run, but uv does not choose, having no name for its glibc.

        Of several the one for this interpreter, and among those the one for the newest glibc.
        """
        fitting = [
            (file.abi == on.abi, file.abi == "abi3", _natural(file.platform), file.candidate)
            for file in self._mine
            if file.tags & (on.tags() - on.uv_tags()) and file.takes(on) and not file.yanked
        ]
        if not fitting or self.fits(on):
            return None
        return max(fitting, key=lambda each: each[:3])[3]

    def nearest(self, on: Target) -> str:
        """The version next to this one that has a wheel there; the older of two that are equally near."""
        if self.version is None:
            return ""
        final = not self.version.is_prerelease
        order = sorted(self._files)
        at = order.index(self.version)
        near = [
            (abs(place - at), place, version)
            for place, version in enumerate(order)
            if not (final and version.is_prerelease)
            and any(
                file.tags & on.uv_tags() and file.takes(on) and not file.yanked
                for file in self._files[version]
            )
        ]
        return str(min(near)[2]) if near else ""

    def offers(self, on: Target) -> str:
        """What this version has: of its wheels those that come closest, with their tags."""
        wheels = [file for file in self._mine if file.tags]
        if not wheels:
            return "source only" if self._mine else ""
        fitting = [file for file in wheels if file.tags & on.tags()]
        if any(file.takes(on) for file in fitting):
            return ""
        if fitting:
            return f"needs Python {fitting[0].requires_python}"
        linux = [file for file in wheels if "manylinux" in file.platform]
        linux = linux or [file for file in wheels if "linux" in file.platform]
        mine = [file for file in linux if on.machine in file.platform]
        same = [file for file in mine if on.abi in file.python.split(".") or file.abi == "abi3"]
        return f"it has {_some(same or mine or linux or wheels)}"


@dataclass(frozen=True, slots=True)
class _File:
    python: str
    abi: str
    platform: str
    tags: frozenset[str]
    requires_python: str
    yanked: bool
    candidate: Candidate

    def takes(self, on: Target) -> bool:
        """Whether the file's Requires-Python (PEP 345) holds for this interpreter."""
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            return on.full in SpecifierSet(self.requires_python)
        except InvalidSpecifier:
            return True


def _by_version(candidates: Sequence[Candidate]) -> dict[Version, list[_File]]:
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    files: dict[Version, list[_File]] = {}
    for each in candidates:
        python = abi = platform = ""
        tags = frozenset[str]()
        try:
            if each.filename.endswith(".whl"):
                _, version, _, parsed = parse_wheel_filename(each.filename)
                python, abi, platform = each.filename[:-4].split("-")[-3:]
                tags = frozenset(str(tag) for tag in parsed)
            else:
                _, version = parse_sdist_filename(each.filename)
        except (InvalidWheelFilename, InvalidSdistFilename):
            continue
        file = _File(python, abi, platform, tags, each.requires_python, each.yanked, each)
        files.setdefault(version, []).append(file)
    return files


def _some(files: Sequence[_File]) -> str:
    """`cp311, cp312 for manylinux_2_28_x86_64; ...`: interpreters by platform, at most three platforms."""
    groups: dict[str, set[str]] = {}
    for file in files:
        if file.python.startswith("pp"):
            continue
        interpreter = f"{file.python}-abi3" if file.abi == "abi3" else file.abi
        if file.abi == "none":
            interpreter = file.python
        groups.setdefault(file.platform.split(".")[0], set()).add(interpreter)
    said = [
        f"{', '.join(sorted(group, key=_natural))} for {platform}"
        for platform, group in sorted(groups.items())
    ]
    return "; ".join(said[:3]) + (" ..." if len(said) > 3 else "")


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", text)]
