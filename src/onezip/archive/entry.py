"""One entry of a zip to be: one order, two modes, and what may not be packed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onezip import limits
from onezip.archive.names import check_names, normal
from onezip.errors import ArchiveError, Diagnostic, Report, Severity

Stamp = tuple[int, int, int]
"""Size in bytes, modification and change time in ns: what tells that a file is still the one listed."""

EXECUTABLE, PLAIN = 0o755, 0o644


class Entry:
    """One file of the zip. Cheap to make: there may be 20,000.

    name is the name in the zip; path is absolute, empty where data holds the content; size is bytes;
    own tells the user's files from dependencies; stamp is that of the listing, unused where there is data.
    executable makes its mode 0o755 whatever the content: the user named it as the program.
    """

    __slots__ = ("data", "executable", "name", "own", "path", "size", "stamp")

    def __init__(
        self,
        name: str,
        path: str = "",
        data: bytes | None = None,
        size: int = 0,
        own: bool = True,
        stamp: Stamp = (0, 0, 0),
    ) -> None:
        self.name = name
        self.path = path
        self.data = data
        self.size = size if data is None else len(data)
        self.own = own
        self.stamp = stamp
        self.executable = False

    def __repr__(self) -> str:
        return f"Entry({self.name!r}, {self.path!r}, size={self.size}, own={self.own})"


def check(entries: Sequence[Entry]) -> None:
    """Refuse names that may not stand in a zip, and more bytes than Lambda takes.

    Equal names are no error here: `order` decides between them. Raises ArchiveError with the codes
    archive.name, archive.collision, archive.duplicate (a file where a folder must be) and archive.too-large.
    """
    check_names([entry.name for entry in entries])
    if sum(entry.size for entry in entries) > limits.UNZIPPED:
        _check_size(entries)


def order(entries: Iterable[Entry], *, report: Report) -> list[Entry]:
    """The entries by the UTF-8 bytes of their names, one for each name, names in Unicode's form NFC.

    Where the user's files and a dependency bring one name, the user's wins and report gets the warning
    python.conflict. Raises ArchiveError archive.duplicate where two of one kind do.
    """
    # Code points sort as their UTF-8 bytes do.
    ordered = sorted(entries, key=_name_of)
    names = [entry.name for entry in ordered]
    if not "".join(names).isascii():
        ordered = sorted((_normal(entry) for entry in ordered), key=_name_of)
        names = [entry.name for entry in ordered]
    if len(set(names)) == len(names):
        return ordered
    return _decide(ordered, report)


def mode_of(name: str, head: bytes) -> int:
    """0o755 for what the kernel may have to run, else 0o644; told from name and content, never from the disk.

    head is at least the first four bytes of the content. The kernel runs ELF files and `#!` scripts;
    Lambda runs `bootstrap` at the root and what is in `extensions/`.
    """
    if head.startswith((b"\x7fELF", b"#!")) or name == "bootstrap" or name.startswith("extensions/"):
        return EXECUTABLE
    return PLAIN


def check_line_ends(name: str, own: bool, content: bytes, path: str = "") -> None:
    r"""Refuse CR line ends in a script that runs on Lambda: `bootstrap`, and the user's own `#!` scripts.

    The kernel takes the CR for a part of the interpreter's name, a shell for a part of each word. In a
    script that carries binary data only the first line counts. path is where the file lies. Raises
    ArchiveError archive.crlf.
    """
    script = content.startswith(b"#!")
    if not (script and own) and (name != "bootstrap" or content.startswith(b"\x7fELF")):
        return
    if b"\0" in content:
        content = content[: content.find(b"\n") + 1] if script else b""
    if b"\r\n" in content:
        base = path.replace("\\", "/").rpartition("/")[2]
        if base and base != name.rpartition("/")[2]:
            name = base
        pattern = f'"{name}"' if " " in name else name
        raise ArchiveError(
            "archive.crlf",
            f"{name}: the script has CR line ends (Windows), so it cannot run on Lambda",
            hint=f"save it with LF line ends, and add this line to .gitattributes: {pattern} text eol=lf",
        )


def _name_of(entry: Entry) -> str:
    return entry.name


def _normal(entry: Entry) -> Entry:
    """The entry with its name in NFC; macOS lists names as they were made, often decomposed."""
    if entry.name.isascii():
        return entry
    name = normal(entry.name)
    if name == entry.name:
        return entry
    renamed = Entry(name, entry.path, entry.data, entry.size, entry.own, entry.stamp)
    renamed.executable = entry.executable
    return renamed


def _decide(ordered: Sequence[Entry], report: Report) -> list[Entry]:
    """One entry for each name: the user's over a dependency's."""
    chosen: dict[str, Entry] = {}
    for entry in ordered:
        other = chosen.setdefault(entry.name, entry)
        if other is entry:
            continue
        if other.own == entry.own:
            raise ArchiveError(
                "archive.duplicate",
                f"{entry.name} comes twice: from {_origin(other)} and from {_origin(entry)}",
                hint="leave one of them out with `exclude`, or give it another name in `files`",
            )
        chosen[entry.name] = own = entry if entry.own else other
        report(
            Diagnostic(
                "python.conflict",
                Severity.WARNING,
                f"{entry.name}: the function's own file replaces a dependency's",
                hint=f"rename {_origin(own)}, or leave it out with `exclude`",
            )
        )
    return list(chosen.values())


def _origin(entry: Entry) -> str:
    return entry.path or "content made by the build"


def _check_size(entries: Sequence[Entry]) -> None:
    """Raise ArchiveError archive.too-large with the largest folders, each name counted once."""
    sizes: dict[str, int] = {}
    for entry in sorted(entries, key=lambda entry: entry.own):
        sizes[entry.name] = entry.size
    total = sum(sizes.values())
    if total <= limits.UNZIPPED:
        return
    largest = ", ".join(f"{name} {_mib(size)}" for name, size in _contributors(sizes)[:8])
    raise ArchiveError(
        "archive.too-large",
        f"{_mib(total)} unzipped, {total - limits.UNZIPPED:,} bytes more than the {_mib(limits.UNZIPPED)} "
        f"that Lambda takes. The largest: {largest}",
        hint="leave out what the function does not need with `exclude`, or move parts of it to S3 or EFS",
    )


def _contributors(sizes: dict[str, int]) -> list[tuple[str, int]]:
    """Folders (with a slash) and files of the first level where there is more than one, largest first."""
    prefix = ""
    while True:
        groups: dict[str, int] = {}
        for name, size in sizes.items():
            part, slash, _ = name[len(prefix) :].partition("/")
            group = prefix + part + slash
            groups[group] = groups.get(group, 0) + size
        only = next(iter(groups))
        if len(groups) > 1 or not only.endswith("/"):
            return sorted(groups.items(), key=lambda item: (-item[1], item[0]))
        prefix = only


def _mib(size: int) -> str:
    return f"{size / limits.MIB:.1f} MB"
