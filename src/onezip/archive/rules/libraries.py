"""Rules about what programs and libraries ask of the system: symbol versions and shared libraries.  [pure]

Developer Guide, "Lambda runtimes": which runtime has which Amazon Linux; its C library is glibc 2.26 (AL2) or
2.34 (AL2023). ld.so(8): where the loader looks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from onezip.archive.elfinfo import Elf
from onezip.archive.manifest import Kind
from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted, several, top
from onezip.archive.rules.subject import Subject
from onezip.archive.rules.system import LIBSTDCXX, libraries
from onezip.errors import Severity

_BOOTSTRAP = "bootstrap"
_ROOTS = ("", "lib")  # of LD_LIBRARY_PATH in /var/task (Developer Guide, defined environment variables)


def glibc(subject: Subject) -> Iterator[Finding]:
    """No symbol version newer than the runtime's glibc: `version `GLIBC_2.38' not found`."""
    runtime = subject.runtime
    if runtime is None or _has(subject, "libc.so.6"):
        return
    newer: dict[tuple[str, str, str], list[str]] = {}
    for name, elf in _fitting(subject):
        needed = elf.newest("GLIBC")
        if needed is not None and needed[0] > runtime.glibc:
            newer.setdefault((top(name), *needed[1:]), []).append(name)
    has = ".".join(map(str, runtime.glibc))
    for (folder, library, version), names in newer.items():
        name = _BOOTSTRAP if _BOOTSTRAP in names else names[0]
        message = words.no_version(name, library, version)
        count = f" and {len(names) - 1:,} more below {folder!a}" if len(names) > 1 else ""
        program = runtime.os_only and name == _BOOTSTRAP
        yield Finding(
            "check.glibc",
            Severity.ERROR if program or ".so" in name else Severity.WARNING,
            f"{quoted(name)}{count} needs {version}; {runtime.id} has glibc {has}",
            name,
            f"{words.EXIT_1}; /var/task/{name}: {message}"
            if runtime.os_only
            else words.import_error(subject, message),
            "Build it on a system with an older glibc, or link it statically (Go: CGO_ENABLED=0)."
            if program
            else f"Install a wheel for manylinux_2_{runtime.glibc[1]} or older, or choose a newer runtime.",
        )


def libstdcxx(subject: Subject) -> Iterator[Finding]:
    """No symbol version newer than the system's libstdc++, where the zip does not bring its own."""
    runtime = subject.runtime
    most = LIBSTDCXX.get(runtime.os) if runtime else None
    if runtime is None or most is None or any("libstdc++" in name for name in subject.files):
        return
    for name, elf in _fitting(subject):
        needed = elf.highest("GLIBCXX")
        if needed is not None and needed > most:
            version = "GLIBCXX_" + ".".join(map(str, needed))
            message = words.no_version(name, "libstdc++.so.6", version)
            yield Finding(
                "check.libstdcxx",
                Severity.WARNING,
                f"{quoted(name)} needs {version}; {runtime.id} has GLIBCXX_{'.'.join(map(str, most))}",
                name,
                f"{words.EXIT_1}; {message}" if runtime.os_only else words.import_error(subject, message),
                "Link libstdc++ statically (-static-libstdc++), or bring libstdc++.so.6 in lib/.",
            )


def missing(subject: Subject) -> Iterator[Finding]:
    """Libraries that are neither in the zip nor known to be on the runtime's system."""
    runtime = subject.runtime
    known = libraries(runtime) if runtime else None
    if runtime is None or known is None:
        return
    links = dict.fromkeys(entry.name for entry in subject.manifest.entries if entry.kind is Kind.LINK)
    there = {name.rpartition("/")[2]: name for name in (*subject.files, *links)}
    wanting: dict[str, list[str]] = {}
    for name, elf in _fitting(subject):
        for library in elf.needed:
            base = library.rpartition("/")[2]
            if base in known or base.startswith("libpython3."):
                continue
            found = _found(subject, links, elf, library) if name == _BOOTSTRAP else base in there
            if not found:
                wanting.setdefault(library, []).append(name)
    for library, names in wanting.items():
        program = runtime.os_only and _BOOTSTRAP in names
        name = _BOOTSTRAP if program else names[0]
        message = words.no_library(library)
        elsewhere = there.get(library, "")
        where = (
            f"is in {quoted(elsewhere)}, where the loader does not look"
            if elsewhere
            else f"is not in the zip, nor known to be in {runtime.id}"
        )
        users = several([name, *(each for each in names if each != name)])
        yield Finding(
            "check.library-missing",
            Severity.ERROR if program and not subject.layered else Severity.WARNING,
            f"{quoted(library)} {where}; needed by {users}",
            name,
            f"{words.EXIT_127}; /var/task/bootstrap: error while loading shared libraries: {message}"
            if program
            else words.import_error(subject, message),
            "Put the library into lib/, link it statically, or bring it in a layer.",
        )


def _fitting(subject: Subject) -> Iterator[tuple[str, Elf]]:
    """Those for the right machine and C library; the others are told elsewhere."""
    for name, elf in subject.survey.sound():
        if elf.architecture is not None and subject.architecture in {None, elf.architecture} and not elf.musl:
            yield name, elf


def _found(subject: Subject, links: Collection[str], elf: Elf, library: str) -> bool:
    """Whether the loader finds a library of bootstrap's in the zip."""
    folders = [*_ROOTS]
    for folder in elf.search:
        place = folder.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", "/var/task")
        if place.startswith("/var/task"):
            folders.append(_resolved(place.removeprefix("/var/task")))
    names = {f"{folder}/{library}".lstrip("/") for folder in folders}
    if library.startswith("/var/task/"):
        names.add(library.removeprefix("/var/task/"))
    return any(name in subject.files for name in names) or not names.isdisjoint(links)


def _resolved(path: str) -> str:
    """A path without `.` and `..`."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _has(subject: Subject, library: str) -> bool:
    return any(name.rpartition("/")[2] == library for name in subject.files)


RULES = (
    Rule(
        "check.glibc",
        Severity.ERROR,
        glibc,
        "Programs and libraries name the versions of the C library's symbols that they need. AL2 has glibc"
        " 2.26, AL2023 has 2.34; what was built on a newer system stops at its start or its import.",
    ),
    Rule(
        "check.libstdcxx",
        Severity.WARNING,
        libstdcxx,
        "The same for C++: AL2 has the libstdc++ of GCC 7.3, AL2023 that of GCC 14.2.",
    ),
    Rule(
        "check.library-missing",
        Severity.WARNING,
        missing,
        "Shared libraries that a program or library asks for must be in the zip or on the runtime's system."
        " Lambda's systems are small: libGL.so.1 and libgomp.so.1 are the ones most often missed. The table"
        " of what is there is onezip's own; for `bootstrap` without layers the finding is an error.",
    ),
)
