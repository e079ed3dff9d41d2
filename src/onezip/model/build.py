"""What a build is asked, what it does and what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onezip.model.function import Architecture, Patterns

RECORD_VERSION = 1


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run. cwd is absolute; env is added to the allow-listed environment.

    argv[0] is the program's absolute path. input is what the program reads on its standard input. `{staging}`
    in any of them stands for the recipe's staging folder, which exists only while the recipe runs.
    """

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    title: str = ""
    input: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """One named cause of the zip's bytes: `sources`, `dependencies`, `toolchain`, `flags`, `engine`.

    digest is a hex SHA-256 over the component; detail is what a person reads (`go1.26.8`). Neither
    holds a path of this machine, its system or its CPU, so that two machines agree.
    """

    name: str
    digest: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a probe found out: the inputs that decide the result.

    files are absolute paths whose content counts; folders are absolute paths whose list of names counts
    (a new file there can change the build), trees those below which every name counts; sources are absolute
    paths of folders of which every file's content counts, but for what is left out by default; absent are
    absolute paths that must stay missing.
    details holds what the language's `recipes` needs further, in its own words.
    """

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """One part of a function's zip: a file, or a folder whose content counts.

    path is absolute, or starts with `{staging}/` for what the recipe's commands leave. name is the entry's
    name in the zip, or the folder it goes to; empty for a folder whose content goes to the root. own tells
    the user's files from dependencies: rules about careless files apply to the former only, and where both
    bring one name the user's file wins.
    """

    function: str
    path: str
    name: str = ""
    own: bool = True
    patterns: Patterns = Patterns()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one or more functions are built; a value that can be pickled and sent elsewhere.

    commands run in order, in the environment that `onezip.process` allows; a recipe without commands only
    packs. components are the causes known before anything ran, such as flags and the toolchain. keep says
    that what the commands leave may serve again while components and probed inputs stay the same.

    copies are folders (absolute) that the commands work on, and where below `{staging}` their copies go, so
    that nothing is written beside the user's files. runs names whose own code the commands run, such as a
    project's build backend: that is said before, and may be refused.
    """

    language: str
    functions: tuple[str, ...]
    commands: tuple[Command, ...]
    products: tuple[Product, ...]
    components: tuple[Component, ...] = ()
    keep: bool = False
    copies: tuple[tuple[str, str], ...] = ()
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """`DIR/NAME.json`: what was built, from what, by what. No time, host or absolute path.

    size and unzipped are bytes; sha256 is hex, code_sha256 base64, both of the zip (AWS's CodeSha256).
    layer_of is the function whose dependencies the zip holds, where it is a layer.
    """

    function: str
    zip: str
    sha256: str
    code_sha256: str
    size: int
    unzipped: int
    entries: int
    runtime: str
    architecture: Architecture
    handler: str
    language: str
    engine: str
    toolchain: Mapping[str, str]
    components: tuple[Component, ...]
    layer_of: str = ""
    version: int = RECORD_VERSION
