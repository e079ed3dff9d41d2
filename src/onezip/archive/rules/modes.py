"""Rules about modes, links and names: can the function's user read what is unpacked?  [pure]

AWS Knowledge Center, "How do I resolve Lambda deployment package permission errors": files 644, folders and
executables 755, "global read permissions".
"""

from __future__ import annotations

from collections.abc import Iterator

from onezip.archive.manifest import Kind, ManifestEntry
from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted, several
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity

LONGEST_PART, LONGEST_PATH = 255, 4095 - len("/var/task/")
"""Bytes of one name, and of a whole path, that Linux takes (limits.h, NAME_MAX and PATH_MAX)."""

_UNIX = {3, 19}
_USUAL = {Kind.FILE: {0o644, 0o755}, Kind.FOLDER: {0o755}}
_TARGET = 4096


def unreadable(subject: Subject) -> Iterator[Finding]:
    """Files that others may not read, and folders that others may not enter."""
    found = [entry for entry in subject.manifest.entries if _unix(entry) and not _open(entry)]
    if found:
        names = [entry.name for entry in found]
        module = subject.handler.module if subject.handler else ""
        first = next((entry for entry in found if entry.name.startswith(module)), found[0])
        ordered = [first.name, *(name for name in names if name != first.name)]
        yield Finding(
            "check.mode-unreadable",
            Severity.ERROR,
            f"Lambda's user may not read {several(ordered)}: mode {first.mode & 0o7777:04o}",
            first.name,
            words.unreadable(first.name),
            "Give files the mode 0644, programs and folders 0755, before zipping: chmod -R a+rX.",
        )


def unusual(subject: Subject) -> Iterator[Finding]:
    """Readable, but neither 0644 nor 0755: modes that a umask left there, so machines differ."""
    groups: dict[int, list[str]] = {}
    for entry in subject.manifest.entries:
        mode = entry.mode & 0o7777
        if _unix(entry) and _open(entry) and mode not in _USUAL[entry.kind]:
            groups.setdefault(mode, []).append(entry.name)
    for mode, names in sorted(groups.items()):
        yield Finding(
            "check.mode-unusual",
            Severity.WARNING,
            f"mode {mode:04o} instead of 0644 or 0755: {several(names)}",
            names[0],
            fix="Make the zip with onezip, which takes modes from what files are, or chmod before zipping.",
        )


def special(subject: Subject) -> Iterator[Finding]:
    """Devices, pipes and sockets: Lambda unpacks none."""
    for entry in subject.manifest.entries:
        if entry.kind is Kind.OTHER:
            message = f"{quoted(entry.name)} is neither a file, a folder nor a link"
            yield Finding(
                "check.kind", Severity.ERROR, message, entry.name, words.UNZIP, "Leave it out with `exclude`."
            )


def links(subject: Subject) -> Iterator[Finding]:
    """Symbolic links: Lambda unpacks them as such; other tools make files of them that hold a path."""
    places = {entry.name.rstrip("/") for entry in subject.manifest.entries}
    folders = {name.rpartition("/")[0] for name in places}
    for entry in subject.manifest.entries:
        if entry.kind is not Kind.LINK:
            continue
        target = (subject.read(entry.name, _TARGET) or b"").decode("utf-8", "backslashreplace")
        place, outside = _leads_to(entry.name, target)
        message = f"{quoted(entry.name)} is a link to {quoted(target)}"
        severity = Severity.NOTE
        if outside:
            severity, message = Severity.ERROR, f"{message}, which leaves the function's folder"
        elif target.startswith("/"):
            severity, message = Severity.WARNING, f"{message}, a place outside of the zip"
        elif place not in places and place not in folders:
            severity, message = Severity.WARNING, f"{message}, which is not in the zip"
        yield Finding(
            "check.link",
            severity,
            message,
            entry.name,
            f"FileNotFoundError: [Errno 2] No such file or directory: '/var/task/{entry.name}'"
            if severity is not Severity.NOTE
            else "",
            "Put the file itself into the zip: zip without --symlinks does, and onezip.",
        )


def long_names(subject: Subject) -> Iterator[Finding]:
    """Names that Linux cannot hold (limits.h)."""
    for entry in subject.manifest.entries:
        raw = entry.raw_name or entry.name.encode("utf-8", "surrogatepass")
        longest = max(map(len, raw.split(b"/")))
        if longest > LONGEST_PART or len(raw) > LONGEST_PATH:
            what = f"a part of {longest:,} bytes" if longest > LONGEST_PART else f"{len(raw):,} bytes"
            most = LONGEST_PART if longest > LONGEST_PART else LONGEST_PATH
            yield Finding(
                "check.name-long",
                Severity.ERROR,
                f"{quoted(entry.name)} has {what}; Linux takes {most:,}",
                entry.name,
                words.UNZIP,
                "Give it a shorter name.",
            )


def _unix(entry: ManifestEntry) -> bool:
    """Whether the entry has a Unix mode that counts; zips from Windows have none, and are readable."""
    return entry.kind in _USUAL and entry.made_by[0] in _UNIX


def _open(entry: ManifestEntry) -> bool:
    needed = 0o005 if entry.kind is Kind.FOLDER else 0o004
    return entry.mode & needed == needed


def _leads_to(name: str, target: str) -> tuple[str, bool]:
    """The place in the zip that a relative link leads to, and whether it leaves the zip."""
    parts = [] if target.startswith("/") else name.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return "", not target.startswith("/")
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts), False


RULES = (
    Rule(
        "check.mode-unreadable",
        Severity.ERROR,
        unreadable,
        "Lambda runs a function as a user who does not own its files, so all of them must be readable for"
        " others, and folders open. A strict umask (077), or Python's ZipFile.writestr with its mode 0600,"
        " leaves zips that cannot be imported.",
    ),
    Rule(
        "check.mode-unusual",
        Severity.WARNING,
        unusual,
        "Modes other than 0644 and 0755 come from the umask of the machine that made the zip: they work, and"
        " make another zip on another machine.",
    ),
    Rule("check.kind", Severity.ERROR, special, "Devices, pipes and sockets cannot be in a function's zip."),
    Rule(
        "check.link",
        Severity.NOTE,
        links,
        "Lambda unpacks symbolic links as such, SAM and other tools do not. A link to a place that is not in"
        " the zip is a warning, one that leaves the function's folder an error.",
    ),
    Rule(
        "check.name-long",
        Severity.ERROR,
        long_names,
        "A name may have 255 bytes between two slashes, and 4,095 with `/var/task/` before it.",
    ),
)
