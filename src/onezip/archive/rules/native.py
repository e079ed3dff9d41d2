"""Rules about programs and libraries anywhere in the zip: do they load on the runtime's system?  [pure]

Developer Guide, "Lambda runtimes": which runtime has which Amazon Linux; its C library is glibc 2.26 (AL2) or
2.34 (AL2023). ld.so(8): what the loader asks of a library.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from onezip.archive.elfinfo import Elf
from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted, several
from onezip.archive.rules.subject import Subject
from onezip.archive.rules.survey import Format
from onezip.archive.rules.system import LIBSTDCXX, libraries
from onezip.errors import Severity

_BOOTSTRAP = "bootstrap"
_ROOTS = ("", "lib")  # of LD_LIBRARY_PATH in /var/task (Developer Guide, defined environment variables)


def architecture(subject: Subject) -> Iterator[Finding]:
    """Libraries and programs for the function's instruction set."""
    wanted = subject.architecture
    if wanted is None:
        return
    foreign: dict[tuple[str, str], list[str]] = {}
    for name, elf in _elfs(subject):
        if elf.architecture is not wanted and name != _BOOTSTRAP and not _untold_object(elf):
            foreign.setdefault((_top(name), elf.told), []).append(name)
    for (top, told), names in foreign.items():
        module = next((name for name in names if _is_module(name)), "")
        count = f" and {len(names) - 1:,} more below {top!a}" if len(names) > 1 else ""
        yield Finding(
            "check.native-architecture",
            Severity.ERROR if module else Severity.WARNING,
            f"{quoted(module or names[0])}{count}: {told}; the function is for {wanted}",
            module or names[0],
            words.import_error(subject, words.no_library(f"/var/task/{module}")) if module else "",
            f"Install the packages for {wanted.machine}, or leave out what is not needed with `exclude`.",
        )


def glibc(subject: Subject) -> Iterator[Finding]:
    """No symbol version newer than the runtime's glibc: `version `GLIBC_2.38' not found`."""
    runtime = subject.runtime
    if runtime is None or _has(subject, "libc.so.6"):
        return
    newer: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for name, elf in _fitting(subject):
        needed = elf.glibc
        if needed is not None and needed > runtime.glibc:
            newer.setdefault((_top(name), needed), []).append(name)
    has = ".".join(map(str, runtime.glibc))
    for (top, needed), names in newer.items():
        name = _BOOTSTRAP if _BOOTSTRAP in names else names[0]
        version = ".".join(map(str, needed))
        message = words.no_version(name, "libc.so.6", f"GLIBC_{version}")
        count = f" and {len(names) - 1:,} more below {top!a}" if len(names) > 1 else ""
        program = runtime.os_only and name == _BOOTSTRAP
        yield Finding(
            "check.glibc",
            Severity.ERROR if program or ".so" in name else Severity.WARNING,
            f"{quoted(name)}{count}: needs glibc {version}; {runtime.id} has {has}",
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
    there = {name.rpartition("/")[2] for name in (*subject.files, *_links(subject))}
    wanting: dict[str, list[str]] = {}
    for name, elf in _fitting(subject):
        for library in elf.needed:
            base = library.rpartition("/")[2]
            if base in known or base.startswith(("libc.musl-", "libpython3.")):
                continue
            found = _found(subject, elf, library) if name == _BOOTSTRAP else base in there
            if not found:
                wanting.setdefault(library, []).append(name)
    for library, names in wanting.items():
        program = runtime.os_only and _BOOTSTRAP in names
        name = _BOOTSTRAP if program else names[0]
        message = words.no_library(library)
        elsewhere = next((each for each in subject.files if each.rpartition("/")[2] == library), "")
        where = f": it is in {quoted(elsewhere)}, where the loader does not look" if elsewhere else ""
        yield Finding(
            "check.library-missing",
            Severity.ERROR if program and not subject.layered else Severity.WARNING,
            f"{several([name, *(each for each in names if each != name)], 1)} needs {quoted(library)},"
            f" which is not known to be in {runtime.id}{where or ' and is not in the zip'}",
            name,
            f"{words.EXIT_127}; /var/task/bootstrap: error while loading shared libraries: {message}"
            if program
            else words.import_error(subject, message),
            "Put the library into lib/, link it statically, or bring it in a layer.",
        )


def musl(subject: Subject) -> Iterator[Finding]:
    """Libraries linked against musl (Alpine, musllinux wheels): Lambda's systems have glibc."""
    tops: dict[str, list[str]] = {}
    for name, elf in _elfs(subject):
        if elf.musl and name != _BOOTSTRAP:
            tops.setdefault(_top(name), []).append(name)
    machine = subject.architecture.machine if subject.architecture else "x86_64"
    for names in tops.values():
        library = ".so" in names[0]
        yield Finding(
            "check.musl",
            Severity.ERROR if library else Severity.WARNING,
            f"{several(names, 1)}: linked against musl; Lambda has glibc",
            names[0],
            words.import_error(subject, words.no_library(f"libc.musl-{machine}.so.1")) if library else "",
            "Install manylinux wheels, not musllinux ones; or build on a system with glibc.",
        )


def host(subject: Subject) -> Iterator[Finding]:
    """Programs and libraries for macOS or Windows, which no function runs on."""
    groups: dict[tuple[Format, str], list[str]] = {}
    for name, kind in subject.survey.formats.items():
        if kind in {Format.MACH_O, Format.PE} and name != _BOOTSTRAP:
            ending = name.rpartition(".")[2].lower()
            groups.setdefault((kind, ending), []).append(name)
    for (kind, ending), names in groups.items():
        loaded = ending == "so"
        severity = Severity.ERROR if loaded else Severity.NOTE if ending == "exe" else Severity.WARNING
        invalid = words.import_error(subject, f"/var/task/{names[0]}: invalid ELF header")
        yield Finding(
            "check.host-format",
            severity,
            f"{several(names)}: {kind}; Lambda runs Linux",
            names[0],
            invalid if loaded else "",
            "Install the packages for Linux: their wheels are manylinux ones.",
        )


def _elfs(subject: Subject) -> Iterator[tuple[str, Elf]]:
    for name, elf in subject.survey.elfs.items():
        if elf is not None:
            yield name, elf


def _fitting(subject: Subject) -> Iterator[tuple[str, Elf]]:
    """Those for the right machine and C library; the others are told elsewhere."""
    for name, elf in _elfs(subject):
        if elf.architecture is not None and not elf.musl:
            if subject.architecture in {None, elf.architecture}:
                yield name, elf


def _untold_object(elf: Elf) -> bool:
    """Programs for the kernel's BPF and their like are data to Lambda."""
    return elf.machine in {"EM_BPF", "EM_CUDA", "EM_AMDGPU", "EM_NONE"}


def _found(subject: Subject, elf: Elf, library: str) -> bool:
    """Whether the loader finds a library of bootstrap's in the zip."""
    folders = [*_ROOTS]
    for folder in elf.search:
        place = folder.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", "/var/task")
        folders.append(posixpath.normpath(place).removeprefix("/var/task").lstrip("/"))
    names = {posixpath.join(folder, library) for folder in folders}
    if library.startswith("/var/task/"):
        names.add(library.removeprefix("/var/task/"))
    return any(name in subject.files for name in names) or not names.isdisjoint(_links(subject))


def _links(subject: Subject) -> set[str]:
    return {entry.name for entry in subject.manifest.entries if entry.kind == "link"}


def _has(subject: Subject, library: str) -> bool:
    return any(name.rpartition("/")[2] == library for name in subject.files)


def _is_module(name: str) -> bool:
    """Whether Python would import it: `x.cpython-313-x86_64-linux-gnu.so`, `x.abi3.so`, `x.so`."""
    return name.endswith(".so") and not name.rpartition("/")[2].startswith("lib")


def _top(name: str) -> str:
    return name.partition("/")[0]


RULES = (
    Rule(
        "check.native-architecture",
        Severity.ERROR,
        architecture,
        "Extension modules must be built for the function's architecture: an error. Other programs and"
        " libraries for another machine are a warning: a package may bring several and choose.",
    ),
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
    Rule(
        "check.musl",
        Severity.ERROR,
        musl,
        "Libraries from Alpine, or from musllinux wheels, ask for musl's C library, which Lambda has not.",
    ),
    Rule(
        "check.host-format",
        Severity.WARNING,
        host,
        "Programs and libraries for macOS or Windows do nothing on Lambda. An error where Python would try to"
        " import one (`.so`), a note for the small `.exe` files that some packages bring along.",
    ),
)
