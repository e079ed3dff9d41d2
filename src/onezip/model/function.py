"""A Lambda function as its project describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from onezip.model.place import Place

if TYPE_CHECKING:
    from onezip.model.deploy import Deploy
    from onezip.model.front import Front


class Architecture(StrEnum):
    """The instruction set, in AWS's words (CreateFunction, `Architectures`)."""

    X86_64 = "x86_64"
    ARM64 = "arm64"

    @property
    def goarch(self) -> str:
        """Go's word for it (GOARCH)."""
        return "amd64" if self is Architecture.X86_64 else "arm64"

    @property
    def machine(self) -> str:
        """The kernel's and the wheels' word for it (`uname -m`)."""
        return "x86_64" if self is Architecture.X86_64 else "aarch64"


@dataclass(frozen=True, slots=True)
class Runtime:
    """One runtime identifier and what is known of it (`onezip.limits.RUNTIMES`).

    glibc is (major, minor) of the operating system's C library; python is (major, minor) of the
    interpreter, or None for an OS-only runtime; the dates are AWS's, None where none is announced.
    """

    id: str
    os: str
    glibc: tuple[int, int]
    python: tuple[int, int] | None = None
    architectures: tuple[Architecture, ...] = (Architecture.X86_64, Architecture.ARM64)
    deprecated: date | None = None
    block_create: date | None = None
    block_update: date | None = None
    preview: bool = False

    @property
    def os_only(self) -> bool:
        """Whether the function brings its own `bootstrap`."""
        return self.python is None


@dataclass(frozen=True, slots=True)
class Handler:
    """The handler string: `module.function` for Python, any word (`bootstrap`) for an OS-only runtime."""

    text: str

    @property
    def module(self) -> str:
        """The part before the last dot, as a path below the zip's root: `pkg/app` for `pkg.app.main`."""
        return self.text.rpartition(".")[0].replace(".", "/")

    @property
    def function(self) -> str:
        """The part after the last dot."""
        return self.text.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Patterns:
    """What of the source folder goes into the zip: gitignore-style lines, relative to that folder.

    An empty include means everything. exclude comes after the defaults, so `!name` brings back
    what they leave out. tidy also leaves out what lies beside a function's code in a repository: for
    functions that nobody described.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tidy: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What the function may use: memory and /tmp in MB (2**20 bytes), timeout in seconds."""

    memory: int = 128
    timeout: int = 3
    tmp: int = 512


class Compression(StrEnum):
    """How the entries are packed: libdeflate level 6, level 12, or stored."""

    DEFAULT = "default"
    MAX = "max"
    NONE = "none"


class Language(StrEnum):
    """The kinds of functions; each has a module in `onezip.builder.languages`."""

    GO = "go"
    PYTHON = "python"
    PREBUILT = "prebuilt"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class GoSettings:
    """`[functions.X.go]`: package is relative to the source folder, version is exact (`1.26.8`).

    locked is the version that onezip.lock pins for a function that nothing else pins. system is Go's word for
    the system to build for (GOOS): Lambda's, but for a build that only runs on this machine.
    """

    package: str = "."
    version: str | None = None
    tags: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()
    gcflags: tuple[str, ...] = ()
    cgo: bool = False
    locked: str = ""
    system: str = field(default="linux", repr=False)


@dataclass(frozen=True, slots=True)
class PythonSettings:
    """`[functions.X.python]`: where the dependencies are described, relative to the source folder.

    requirements None means `requirements.txt` where there is one. allow_sdist names distributions that
    may be built from source; extras and groups are of the project's own pyproject.toml. locked is the
    pylock file that onezip.lock names, relative to the project's root. parent_packages are the packages, with
    dots, that the source folder is in the zip.
    """

    requirements: str | None = None
    constraints: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    allow_sdist: tuple[str, ...] = ()
    locked: str = ""
    parent_packages: str = field(default="", repr=False)  # fingerprints without it stay as they were

    @property
    def folder(self) -> str:
        """The folder of the zip that the source folder becomes; empty for its root."""
        return self.parent_packages.replace(".", "/")


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """`[functions.X.command]`: a build of the user's own, with declared inputs and output folder.

    With artifacts the command is a template's `make`: it runs on a copy of the source folder, of which every
    file counts, and its output is the folder that the variable ARTIFACTS_DIR names.
    """

    run: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    output: str = "."
    artifacts: bool = False


@dataclass(frozen=True, slots=True)
class DebugSettings:
    """`[functions.X.debug]`: how a debugger reaches the function when it runs here."""

    port: int | None = None
    wait: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """One function. Paths are relative to the project's root, with forward slashes.

    source is the folder that is packed (Python) or that holds the package (Go), or the ready file
    (prebuilt). files maps further sources to their names in the zip; a folder brings its content.

    layer says that its dependencies are a layer of their own; layer_of is the function whose dependencies
    this one holds, for a layer that `model.layer` made of it, and empty otherwise.
    """

    name: str
    language: Language
    source: str
    runtime: Runtime
    handler: Handler
    architecture: Architecture = Architecture.X86_64
    limits: Limits = Limits()
    environment: Mapping[str, str] = field(default_factory=dict)
    patterns: Patterns = Patterns()
    files: Mapping[str, str] = field(default_factory=dict)
    compression: Compression = Compression.DEFAULT
    pass_env: tuple[str, ...] = ()
    description: str = ""
    budget: int | None = None
    ignore: Mapping[str, str] = field(default_factory=dict)
    layer: bool = False
    layer_of: str = ""
    layers: tuple[str, ...] = ()
    go: GoSettings = GoSettings()
    python: PythonSettings = PythonSettings()
    command: CommandSettings | None = None
    fronts: tuple[Front, ...] = ()
    deploy: Deploy | None = None
    debug: DebugSettings = DebugSettings()
    place: Place = field(default=Place(""), compare=False)
