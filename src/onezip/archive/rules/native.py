"""Rules about programs and libraries anywhere in the zip: do they load on the runtime's system?  [pure]

Developer Guide, "Lambda runtimes": which runtime has which Amazon Linux; its C library is glibc 2.26 (AL2) or
2.34 (AL2023). ld.so(8): what the loader asks of a library.
"""

from __future__ import annotations

from collections.abc import Iterator

from onezip.archive.elfinfo import Elf
from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted, several, top
from onezip.archive.rules.modules import EXTENSION, loads
from onezip.archive.rules.subject import Subject
from onezip.archive.rules.survey import Format
from onezip.errors import Severity
from onezip.model.function import Architecture

_BOOTSTRAP = "bootstrap"


def architecture(subject: Subject) -> Iterator[Finding]:
    """Libraries and programs for the function's instruction set."""
    wanted = subject.architecture
    if wanted is None:
        return
    foreign: dict[tuple[str, str], list[str]] = {}
    for name, elf in subject.survey.sound():
        if elf.architecture is wanted or name == _BOOTSTRAP or _untold_object(elf):
            continue
        if not _passed_over(subject, name, wanted):
            foreign.setdefault((top(name), elf.told), []).append(name)
    for (folder, told), names in foreign.items():
        module = next((name for name in names if _is_module(name)), "")
        count = f" and {len(names) - 1:,} more below {folder!a}" if len(names) > 1 else ""
        yield Finding(
            "check.native-architecture",
            Severity.ERROR if module else Severity.WARNING,
            f"{quoted(module or names[0])}{count}: {told}; the function is for {wanted}",
            module or names[0],
            words.import_error(subject, words.no_library(f"/var/task/{module}")) if module else "",
            f"Install the packages for {wanted.machine}, or leave out what is not needed with `exclude`.",
        )


def musl(subject: Subject) -> Iterator[Finding]:
    """Libraries linked against musl (Alpine, musllinux wheels): Lambda's systems have glibc."""
    tops: dict[str, list[str]] = {}
    for name, elf in subject.survey.sound():
        if elf.musl and name != _BOOTSTRAP:
            tops.setdefault(top(name), []).append(name)
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


def _passed_over(subject: Subject, name: str, wanted: Architecture) -> bool:
    """Whether Python sees by the name alone that an extension module is not for it: `check.extension`."""
    python = subject.runtime.python if subject.runtime else None
    match = EXTENSION.match(name)
    return python is not None and match is not None and not loads(match["tag"], python, wanted.machine)


def _untold_object(elf: Elf) -> bool:
    """Programs for the kernel's BPF and their like are data to Lambda."""
    return elf.machine in {"EM_BPF", "EM_CUDA", "EM_AMDGPU", "EM_NONE"}


def _is_module(name: str) -> bool:
    """Whether Python would import it: `x.cpython-313-x86_64-linux-gnu.so`, `x.abi3.so`, `x.so`."""
    return name.endswith(".so") and not name.rpartition("/")[2].startswith("lib")


RULES = (
    Rule(
        "check.native-architecture",
        Severity.ERROR,
        architecture,
        "Extension modules must be built for the function's architecture: an error. Other programs and"
        " libraries for another machine are a warning: a package may bring several and choose.",
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
