"""What requirements say, whatever file they stood in: values, one canonical text, what uv gets.  [pure]"""

from __future__ import annotations

import ntpath
import posixpath
from dataclasses import dataclass, field
from urllib.parse import quote

WHEELS = "{staging}/wheels"
"""Where the wheels of local projects are when uv runs, a folder for each: `{staging}/wheels/0/*.whl`."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line that names a distribution. name is normalised (PEP 503); hashes are sorted.

    text is what counts, without credentials; line is what uv gets. direct says that it names a place.
    """

    name: str
    text: str
    place: str
    pinned: bool
    hashes: tuple[str, ...] = ()
    marker: str = ""
    line: str = ""
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """A project in a folder (from the root) that becomes a wheel before anything is installed."""

    folder: str
    place: str
    extras: str = ""
    marker: str = ""
    name: str = ""


@dataclass(slots=True)
class Requirements:
    """What the files say together. files and folders are absolute; places are `file:line` from the root.

    links are the folders of --find-links, and limits the constraints files that are named from outside
    of constraints files, both from the root.
    """

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    wanted: list[Requirement] = field(default_factory=list)
    constraints: list[Requirement] = field(default_factory=list)
    locals: list[Local] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    indexes: list[tuple[str, str]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    untrusted: dict[str, str] = field(default_factory=dict)

    @property
    def hashed(self) -> bool:
        """Whether every requirement is pinned and bears a hash, so that nothing else may be installed."""
        return "--require-hashes" in self.options or (
            bool(self.wanted) and all(each.pinned and each.hashes for each in self.wanted)
        )

    @property
    def projects(self) -> list[str]:
        """The folders of the local projects, each once."""
        return list(dict.fromkeys(each.folder for each in self.locals))

    def canonical(self) -> str:
        """The same text for files that mean the same: no comments, order, credentials or machine paths."""
        lines = [*self.options]
        for prefix, group in (("", self.wanted), ("-c ", self.constraints)):
            lines += sorted({prefix + " ".join((each.text, *each.hashes)) for each in group})
        lines += sorted({f"{each.folder}[{each.extras}] ; {each.marker}" for each in self.locals})
        return "".join(f"{line}\n" for line in lines)

    def lines(self) -> list[str]:
        """The requirements for uv's standard input: index options, requirements, wheels of local projects."""
        every = [f"{option} {value}".strip() for option, value in self.indexes]
        for each in self.wanted:
            hashes = "".join(f" --hash={digest}" for digest in each.hashes)
            every.append((each.line or each.text) + hashes)
        return every + self.local_lines()

    def local_lines(self) -> list[str]:
        """The local projects' part of `lines`; `onezip.builder.local_wheels` puts the names in."""
        places = {folder: number for number, folder in enumerate(self.projects)}
        return [
            f"{WHEELS}/{places[each.folder]}/*.whl"
            + (f"[{each.extras}]" if each.extras else "")
            + (f" ; {each.marker}" if each.marker else "")
            for each in self.locals
        ]


def absolute(root: str, relative: str) -> str:
    """A path below (or beside) the project's root, in the system's own form."""
    paths = posixpath if root.startswith("/") else ntpath
    return str(paths.normpath(paths.join(root, relative)))


def is_below(path: str, folder: str) -> bool:
    """Whether an absolute path is a folder, or lies below it; both as `absolute` writes them."""
    path, folder = path.replace("\\", "/"), folder.replace("\\", "/").rstrip("/")
    return path == folder or path.startswith(f"{folder}/")


def from_root(root: str, path: str) -> str:
    """A path from the root in its one normal form: `../../shop/lib` is `lib` where the root is `shop`."""
    return posixpath.relpath(absolute(root, path).replace("\\", "/"), root.replace("\\", "/"))


def file_url(path: str) -> str:
    """The `file:` URL of an absolute path, in either system's form (RFC 8089)."""
    return "file:///" + quote(path.replace("\\", "/").lstrip("/"), safe="/:")
