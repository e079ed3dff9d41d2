"""How a function is built: Metadata.BuildMethod says it, else the runtime and what lies in its folder.

AWS SAM Developer Guide, "Building Lambda functions with custom runtimes": a `provided` runtime without a
BuildMethod is built by `make build-LOGICALID`. Most such projects are Go or bring a ready bootstrap; so the
folder is looked at first.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onezip.config.template.code import FOREIGN_METHODS
from onezip.config.template.disk import Disk
from onezip.config.template.python import UV, python_table
from onezip.config.template.resource import Resource
from onezip.model.function import Language

OURS = ("go1.x", "makefile", UV, "python3.13", "provided.al2023")

_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")

_OTHERS: Mapping[str, str] = {
    "Cargo.toml": "Rust",
    "Package.swift": "Swift",
    "build.zig": "Zig",
    "CMakeLists.txt": "C or C++",
}
"""Files that tell a language onezip does not build by itself."""


@dataclass(frozen=True, slots=True)
class Method:
    """How to build. language None leaves it to the project's own rules; foreign says why it is not ours.

    source, files, include and python are as in the project file. makefile says that the template has make
    build it.
    """

    language: Language | None
    source: str
    files: Mapping[str, str] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    makefile: bool = False
    foreign: str = ""
    notes: tuple[str, ...] = ()
    python: Mapping[str, str] = field(default_factory=dict)


def method(resource: Resource, runtime: str, source: str, disk: Disk) -> Method:
    """How a function with its code at source is built. Raises ProjectError."""
    said = resource.metadata_text("BuildMethod")
    if said is None or said.startswith("provided"):
        if runtime.startswith("python"):
            return _python(resource, source, disk, said)
        if runtime == "go1.x" or runtime.startswith("provided"):
            return _by_looking(resource, source, disk, said)
        return Method(None, source)
    if said == "makefile":
        return _make(resource, source, disk)
    if said == "go1.x":
        _folder(resource, source, disk)
        return Method(Language.GO, source)
    if said == UV or re.fullmatch(r"python\d\.\d+", said):
        return _python(resource, source, disk, said)
    near = difflib.get_close_matches(said, [*OURS, *FOREIGN_METHODS], n=1)
    raise resource.wrong(
        "template.build-method",
        f"unknown BuildMethod {said!r}",
        "BuildMethod",
        f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(OURS)}",
    )


def _by_looking(resource: Resource, source: str, disk: Disk, said: str | None) -> Method:
    if disk.is_file(source):
        return Method(Language.PREBUILT, source)
    names = sorted(disk.listing(source))
    makefile = next((name for name in _MAKEFILES if name in names), None)
    if any(name.endswith(".go") and not name.endswith("_test.go") for name in names):
        ran = f"built as Go; its {makefile} runs only with BuildMethod: makefile"
        return Method(Language.GO, source, notes=(ran,) if makefile else ())
    if "bootstrap" in names and disk.is_file(_in(source, "bootstrap")):
        return _ready(source, names)
    if makefile is not None:
        return _make(resource, source, disk)
    if "go.mod" in names:
        return Method(Language.GO, source)
    for name, language in _OTHERS.items():
        if name in names:
            return Method(
                None, source, foreign=f"a {language} project ({name}) without BuildMethod: makefile"
            )
    raise resource.wrong(
        "template.build-method",
        f"nothing in {source} says how to build it: no .go file, no bootstrap, no Makefile",
        "BuildMethod" if said else "CodeUri" if "CodeUri" in resource.properties else "Code",
        "add Metadata: {BuildMethod: go1.x}, or put the program there as bootstrap",
    )


def _ready(source: str, names: Sequence[str]) -> Method:
    """A bootstrap and what lies beside it; hidden files stay out."""
    beside = [name for name in names if name != "bootstrap" and not name.startswith(".")]
    return Method(Language.PREBUILT, _in(source, "bootstrap"), {_in(source, name): name for name in beside})


def _make(resource: Resource, source: str, disk: Disk) -> Method:
    _folder(resource, source, disk)
    for key in ("ContextPath", "ProjectRootDirectory", "WorkingDirectory"):
        if key in resource.metadata:
            return Method(None, source, foreign=f"a makefile with {key}, which only `sam build` follows")
    return Method(Language.COMMAND, source, makefile=True)


def _python(resource: Resource, source: str, disk: Disk, said: str | None) -> Method:
    """A folder; or a single module, which `aws cloudformation package` zips alone."""
    folder, _, name = source.rpartition("/")
    if name.endswith(".py") and disk.is_file(source):
        table, notes = python_table(resource, folder or ".", disk, said)
        notes.append(f"only {name} is packed")
        return Method(Language.PYTHON, folder or ".", include=(f"/{name}",), notes=tuple(notes), python=table)
    _folder(resource, source, disk)
    table, notes = python_table(resource, source, disk, said)
    return Method(Language.PYTHON, source, notes=tuple(notes), python=table)


def _folder(resource: Resource, source: str, disk: Disk) -> None:
    if not disk.is_dir(source):
        raise resource.wrong(
            "project.source",
            f"{source} is a file; its folder is needed",
            "CodeUri" if "CodeUri" in resource.properties else "Code",
            f"write {posixpath.dirname(source) or '.'}",
        )


def _in(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))
