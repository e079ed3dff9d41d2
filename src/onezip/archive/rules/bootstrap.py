"""Rules about `bootstrap`: what Lambda starts where a runtime is the system alone.  [pure]

Developer Guide, "Building a custom runtime for AWS Lambda": "The runtime's entry point is an executable file
named bootstrap", which Lambda looks for in /var/task and then in /opt, where layers are.
"""

from __future__ import annotations

from collections.abc import Iterator

from onezip.archive.elfinfo import Elf
from onezip.archive.manifest import Kind, ManifestEntry
from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted
from onezip.archive.rules.subject import Subject
from onezip.archive.rules.survey import Format
from onezip.archive.rules.system import LOADERS
from onezip.errors import Severity

NAME = "bootstrap"

_UNIX = {3, 19}


def missing(subject: Subject) -> Iterator[Finding]:
    """A file `bootstrap` at the root. Troubleshooting page, `Runtime.InvalidEntrypoint`."""
    if not _asked(subject) or any(
        entry.name == NAME and entry.kind is not Kind.FOLDER for entry in subject.manifest.entries
    ):
        return
    near = _near(subject)
    severity = Severity.WARNING if subject.layered else Severity.ERROR
    message = "there is no bootstrap at the root of the zip"
    fix = "Put the executable at the root of the zip under the name bootstrap."
    if f"{NAME}/" in (entry.name for entry in subject.manifest.entries):
        message = "bootstrap is a folder: Lambda looks for a file of that name"
    elif near and near.endswith(f"/{NAME}"):
        message += f"; it is in a folder, {quoted(near)}"
        fix = f"Zip what is in {near.removesuffix(NAME)!a}, not the folder itself."
    elif near:
        message += f"; is it {quoted(near)}?"
        fix = f"Rename {quoted(near)} to bootstrap: Lambda looks for just that name, in lower case."
    elif subject.layered:
        fix = "Make sure that a layer brings it, as /opt/bootstrap."
    yield Finding("check.bootstrap-missing", severity, message, near, words.NO_BOOTSTRAP, fix)


def mode(subject: Subject) -> Iterator[Finding]:
    """Lambda's user is not the owner of the files: the mode for others must have the executable bit."""
    entry = entry_of(subject)
    if entry is None or (entry.made_by[0] in _UNIX and entry.mode & 0o001):
        return
    severity = Severity.ERROR
    message = f"bootstrap has the mode {entry.mode & 0o7777:04o}: Lambda's user may not execute it"
    if entry.made_by[0] not in _UNIX:
        message = "bootstrap has no Unix mode, so it is not executable: the zip was made on Windows"
        if entry.external >> 16 & 0o001:
            severity = Severity.WARNING
            message = "bootstrap has a Unix mode, but the zip says that it was made on another system"
    yield Finding(
        "check.bootstrap-mode",
        severity,
        message,
        NAME,
        words.NOT_EXECUTABLE,
        "Give the entry the mode 0755, also on Windows: onezip does, and build-lambda-zip.",
    )


def form(subject: Subject) -> Iterator[Finding]:
    """The kernel runs ELF programs and scripts with `#!` (execve(2)); all else is an exec format error."""
    entry = entry_of(subject)
    kind = subject.survey.formats.get(NAME) if entry else None
    if kind is None or kind is Format.SCRIPT:
        return
    what = fix = ""
    if kind is Format.ELF:
        elf = subject.survey.elfs.get(NAME)
        if elf is None and NAME in subject.survey.elfs:
            what, fix = "is a damaged ELF file", "Build it again."
        elif elf is not None and not elf.executable:
            what, fix = f"is no program but {elf.told}", "Build a program: Go's -buildmode is exe, or pie."
    elif kind is Format.TEXT:
        data = subject.read(NAME, 3) or b""
        what = "is text that does not start with #!"
        if data == b"\xef\xbb\xbf":
            what = "starts with a byte order mark: the kernel does not see its #!"
        fix = "Write #!/bin/sh, or another interpreter, as its very first characters."
    elif kind is Format.MACH_O:
        what, fix = f"is {kind}", "Build it for Linux: GOOS=linux, or the target of your compiler for Linux."
    else:
        what, fix = f"is {kind}", "Build a program for Linux, or write a script."
    if what:
        prevents = words.NO_FORMAT
        yield Finding("check.bootstrap-format", Severity.ERROR, f"bootstrap {what}", NAME, prevents, fix)


def architecture(subject: Subject) -> Iterator[Finding]:
    """A program for the function's instruction set. Developer Guide, "instruction set architecture"."""
    elf, wanted = _elf(subject), subject.architecture
    if elf is None or wanted is None or elf.architecture is wanted:
        return
    yield Finding(
        "check.bootstrap-architecture",
        Severity.ERROR,
        f"bootstrap is {elf.told}; the function is for {wanted}",
        NAME,
        words.NO_FORMAT,
        f"Build it with GOARCH={wanted.goarch}, or set architecture to what it is built for.",
    )


def loader(subject: Subject) -> Iterator[Finding]:
    """The dynamic loader that the program names must be there: glibc's, for the architecture."""
    elf = _elf(subject)
    if elf is None or elf.interpreter is None or elf.architecture is None:
        return
    if elf.architecture is not (subject.architecture or elf.architecture):
        return
    path = elf.interpreter
    if path in LOADERS[elf.architecture] or brought(subject, path):
        return
    if elf.musl:
        why = "was linked against musl, dynamically; Lambda has glibc"
        fix = "Link it statically, or build it against glibc. For Go: CGO_ENABLED=0."
    else:
        why = "names a dynamic loader that Lambda does not have"
        fix = f"Link it statically, or with the loader {min(LOADERS[elf.architecture], key=len)}."
    message = f"bootstrap {why}: {quoted(path)}"
    yield Finding("check.bootstrap-loader", Severity.ERROR, message, NAME, words.NO_INTERPRETER, fix)


def _asked(subject: Subject) -> bool:
    return subject.runtime is not None and subject.runtime.os_only and not subject.layer


def entry_of(subject: Subject) -> ManifestEntry | None:
    """The entry, where the runtime asks for one and it is a file."""
    return subject.files.get(NAME) if _asked(subject) else None


def _elf(subject: Subject) -> Elf | None:
    return subject.survey.elfs.get(NAME) if _asked(subject) else None


def brought(subject: Subject, path: str) -> bool:
    """Whether an absolute path is in the zip, or could be in a layer."""
    if path.startswith("/opt/"):
        return subject.layered
    return path.startswith("/var/task/") and path.removeprefix("/var/task/") in subject.files


def _near(subject: Subject) -> str:
    """The file that was meant, if any: another place, another spelling, or the only program at the root."""
    nested = [name for name in subject.files if name.endswith(f"/{NAME}")]
    if nested:
        return min(nested, key=lambda name: (name.count("/"), name))
    root = sorted(name for name in subject.files if "/" not in name)
    for name in root:
        if name.lower().partition(".")[0] == NAME:
            return name
    if subject.handler is not None and subject.handler.text in root:
        return subject.handler.text
    programs_there = [
        name for name in root if (elf := subject.survey.elfs.get(name)) is not None and elf.executable
    ]
    return programs_there[0] if len(programs_there) == 1 else ""


RULES = (
    Rule(
        "check.bootstrap-missing",
        Severity.ERROR,
        missing,
        "An OS-only runtime (`provided.al2023`) starts the file `bootstrap` at the root of the zip, and only"
        " that. The usual mistake is to zip the folder instead of what is in it; the nested file is named."
        " A function with layers gets a warning instead, since a layer may bring `/opt/bootstrap`.",
    ),
    Rule(
        "check.bootstrap-mode",
        Severity.ERROR,
        mode,
        "Lambda's user does not own the files of a function, so `bootstrap` must be executable for"
        " others: 0755. Zips from Windows hold no Unix modes at all.",
    ),
    Rule(
        "check.bootstrap-format",
        Severity.ERROR,
        form,
        "`bootstrap` must be a Linux program (ELF) or a script that starts with `#!`; programs for macOS"
        " (Mach-O) or Windows (PE), libraries, and text without `#!` do not start.",
    ),
    Rule(
        "check.bootstrap-architecture",
        Severity.ERROR,
        architecture,
        "`bootstrap` must be built for the function's architecture: x86_64 (GOARCH=amd64) or arm64.",
    ),
    Rule(
        "check.bootstrap-loader",
        Severity.ERROR,
        loader,
        "A program that is linked dynamically names its loader, and Lambda has glibc's only. Programs linked"
        " against musl (Alpine), or in systems with paths of their own (Nix), do not start; static ones do.",
    ),
)
