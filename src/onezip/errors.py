"""The tree of errors, drawn once.

    OnezipError
    ├── UsageError          exit 2   the command line is wrong
    ├── ProjectError        exit 2   the project file is wrong, or what it describes is not there
    ├── ArchiveError        exit 4   these files cannot become a zip, or this zip cannot be read
    ├── ToolMissing         exit 4   a compiler or another program is not here
    ├── BuildFailed         exit 4   a program ran and said no; its own words are in `output`
    ├── DeployFailed        exit 4   AWS, or the way there, said no
    ├── CacheError          exit 4   the cache or state folder cannot be used
    └── NetworkError        exit 4   something could not be fetched

Libraries raise; the command line words it. Each error is a `Diagnostic`: a stable code, what is wrong,
where, and the next step. Exit codes: 0 done, 1 the answer is no, 2 command line or project file wrong,
3 a bug of ours, 4 could not be done or found out, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum, StrEnum
from typing import NamedTuple

from onezip.model.place import Place


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    NO = 1
    WRONG = 2
    BUG = 3
    FAILED = 4
    INTERRUPTED = 130


class Severity(StrEnum):
    """How much a diagnostic matters; SARIF's levels bear the same names."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Diagnostic(NamedTuple):
    """One thing to tell: a stable code (`area.name`), the words, the place and the next step."""

    code: str
    severity: Severity
    message: str
    place: Place | None = None
    hint: str = ""


Report = Callable[[Diagnostic], None]
"""How a library passes on a note or a warning without printing it."""


class OnezipError(Exception):
    """Anything onezip can tell about. code is stable; hint is the next step, in words."""

    exit_code = Exit.FAILED

    def __init__(self, code: str, message: str, *, hint: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place

    def diagnostics(self) -> Sequence[Diagnostic]:
        """The error as values."""
        return [Diagnostic(self.code, Severity.ERROR, self.message, self.place, self.hint)]


class UsageError(OnezipError):
    """The command line is wrong."""

    exit_code = Exit.WRONG


class ProjectError(OnezipError):
    """The project file is wrong, or what it describes is not there. May carry several diagnostics."""

    exit_code = Exit.WRONG

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        place: Place | None = None,
        all_of: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(code, message, hint=hint, place=place)
        self._all_of = tuple(all_of)

    def diagnostics(self) -> Sequence[Diagnostic]:
        """Every mistake that was found, not only the first."""
        return self._all_of or super().diagnostics()


class ArchiveError(OnezipError):
    """These files cannot become a zip, or this zip cannot be read."""


class ToolMissing(OnezipError):
    """A program is not here; the hint names the ways to get it."""


class BuildFailed(OnezipError):
    """A program ran and said no. output is what it wrote, unchanged; brief the lines that tell the cause.

    Without brief all of the output is worth reading.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        output: str = "",
        brief: str = "",
        hint: str = "",
        place: Place | None = None,
    ) -> None:
        super().__init__(code, message, hint=hint, place=place)
        self.output = output
        self.brief = brief or output


class DeployFailed(OnezipError):
    """AWS, or the way there, said no."""


class CacheError(OnezipError):
    """The cache or state folder cannot be used."""


class NetworkError(OnezipError):
    """Something could not be fetched."""


CODES: dict[str, str] = {
    # command line and project file
    "usage.command": "an unknown command, option or value",
    "usage.function": "a function name that the project does not have",
    "usage.bug": "an error of onezip's own",
    "project.missing": "no project file here",
    "project.syntax": "the project file is not TOML",
    "project.unknown-key": "a key that onezip does not know",
    "project.not-yet": "a key that onezip knows but has no code for yet",
    "project.value": "a value of the wrong type, or out of AWS's limits",
    "project.required": "a key that is needed and missing",
    "project.ambiguous": "more than one handler where one was looked for",
    "project.stage": "a stage that the project file does not have",
    "project.source": "a path of the project that does not exist or is of the wrong kind",
    "template.syntax": "a template that is neither YAML nor JSON, or has no Resources",
    "template.tag": "a YAML tag that CloudFormation does not have",
    "template.duplicate": "a key, a resource or a function that stands twice in a template",
    "template.limit": "a template that is larger, deeper or expands to more than is read",
    "template.value": "a value in a template that is of the wrong kind",
    "template.globals": "a section or key that SAM's Globals do not have",
    "template.parameter": "a value for a parameter that the template does not have or allow",
    "template.unresolved": "a value of a template that is needed now and known only when deployed",
    "template.loop": "a Fn::ForEach that cannot be expanded before a deployment",
    "template.code": "a function of a template without code",
    "template.build-method": "an unknown BuildMethod, or none where one is needed",
    "template.nested": "a nested stack or an included file that is not there, or leads back to itself",
    "runtime.deprecated": "a runtime that AWS has deprecated, or will soon block",
    "runtime.unknown": "a runtime identifier that is not in the table",
    # the archive
    "archive.name": "a name that Lambda, or another system, cannot unpack",
    "archive.collision": "names that are equal but for case or Unicode form",
    "archive.duplicate": "two files for one name",
    "archive.link": "a link that leaves the folder, dangles or turns in a circle",
    "archive.kind": "a socket, device or pipe",
    "archive.unreadable": "a file that cannot be read",
    "archive.changed": "a file that changed while it was read",
    "archive.too-large": "more than 250 MB unzipped",
    "archive.s3-needed": "more than 50 MB zipped: the zip must travel through S3",
    "archive.crlf": "CR line ends in a script that the kernel or a shell will run",
    "archive.bootstrap": "a bootstrap that cannot run on Lambda",
    "archive.empty": "nothing to pack",
    "archive.engine": "the compressor is not the pinned one",
    "archive.write": "the zip could not be written",
    "archive.malformed": "a file that is not a sound zip",
    "archive.limit": "a zip with more bytes or entries than are read",
    # builds
    "build.failed": "a compiler or another tool failed",
    "go.missing": "no Go toolchain",
    "go.unpinned": "no exact Go version: other machines may differ",
    "go.version": "a Go version that is not exact or cannot be had",
    "go.flag": "a flag that runs programs or breaks reproducible builds",
    "go.not-main": "a package that is not a main package",
    "go.module": "no go.mod, go.sum or module where one is needed",
    "go.gone": "a module version that is not offered any more, or not to everyone",
    "go.generated": "files or packages that are wanted and not there, mostly generated ones",
    "go.no-c": "no C compiler for cgo",
    "go.cgo-needed": "a package that is built without its C code",
    "python.no-wheel": "no wheel for Lambda's Python and platform",
    "python.unpinned": "requirements without exact versions",
    "python.conflict": "a dependency and the function both bring one file",
    "python.requirements": "a description of dependencies that cannot be used",
    "python.stale-lock": "a lock that no longer fits its project",
    "python.sdist": "a dependency that comes as source, and has to be built",
    "python.wheel": "a wheel that does not fit Lambda although it was installed",
    "python.handler": "no module for the handler",
    "command.inputs": "declared inputs that are not there",
    "command.output": "a command that left no output",
    "command.unproven": "a command of the project's own: its bytes are not onezip's to promise",
    "prebuilt.architecture": "a ready executable for another architecture",
    "prebuilt.format": "a ready file that is neither an ELF executable nor a script",
    "python.runs-build": "a local project whose build code runs",
    # the lock
    "lock.malformed": "an onezip.lock that cannot be read",
    "lock.missing": "a function that onezip.lock does not have",
    "lock.differs": "a build whose bytes are not those of onezip.lock",
    "lock.stale": "something changed since `onezip lock`",
    "lock.unpinned": "requirements that nothing pins, not even the lock",
    # exports
    "usage.query": "a query that is not as Terraform's external protocol writes it",
    "export.foreign": "a file that an export would overwrite and did not write",
    "export.left-out": "a key of the project file that an exported format has no place for",
    "export.stale": "an exported file that is not what would be exported now",
    "make.name": "a name that make has no spelling for",
    "sam.template": "a build for SAM without a template, or of a function that no resource of it is",
    "verify.second": "a build that fails in other surroundings",
    # the checks of a finished zip
    "check.bootstrap-missing": "no file `bootstrap` at the root of the zip",
    "check.bootstrap-mode": "a bootstrap that Lambda's user may not execute",
    "check.bootstrap-format": "a bootstrap that is neither a Linux program nor a script",
    "check.bootstrap-architecture": "a bootstrap for another architecture than the function's",
    "check.bootstrap-loader": "a bootstrap whose dynamic loader Lambda does not have",
    "check.bootstrap-script": "a script as bootstrap whose interpreter is missing, or that has CR line ends",
    "check.native-architecture": "a library or program for another architecture than the function's",
    "check.glibc": "a library or program that needs a newer glibc than the runtime has",
    "check.libstdcxx": "a library or program that needs a newer libstdc++ than the runtime has",
    "check.library-missing": "a shared library that is neither in the zip nor known to be in the runtime",
    "check.musl": "a library linked against musl, which Lambda does not have",
    "check.host-format": "a library or program for macOS or Windows",
    "check.handler-name": "a handler that is no MODULE.FUNCTION, or whose module is built into Python",
    "check.handler-missing": "the handler's module is not in the zip",
    "check.handler-function": "the handler's function is not defined in its module",
    "check.handler-signature": "a handler that cannot be called with event and context, or is async",
    "check.python-syntax": "a handler's module that does not parse as the runtime's Python",
    "check.python-import": "an import that neither the zip nor the runtime has",
    "check.wheel": "a Python package that was built for another platform",
    "check.metadata": "a Python package without its METADATA",
    "check.extension": "an extension module that the runtime's Python does not load",
    "check.pyc-foreign": "bytecode that the runtime's Python never reads, or cannot",
    "check.pyc-stale": "bytecode that does not fit its source, so that it is compiled at each cold start",
    "check.zip-ambiguous-end": "several end records or directories fit: readers disagree about the whole zip",
    "check.zip-count": "the end record counts other entries than the directory has",
    "check.zip-directory": "the directory is not as long as the end record tells, or holds more than headers",
    "check.zip-disk": "a part of a zip on several disks",
    "check.zip-truncated": "bytes are missing: a record or an entry ends outside of the file",
    "check.zip-zip64-malformed": "zip64 records that are missing, cut, ambiguous or contradictory",
    "check.zip-zip64-needless": "zip64 where no number demands it",
    "check.zip-prefix": "data before the first entry",
    "check.zip-gap": "data between the entries, or between them and the directory",
    "check.zip-trailing": "data after the end record: a comment, or more",
    "check.zip-overlap": "entries that share bytes with each other or with the directory",
    "check.zip-bomb": "unpacks to far more than a function can be",
    "check.zip-signature": "no local header where the directory points",
    "check.zip-local-differs": "the local header and the directory disagree",
    "check.zip-descriptor": "a data descriptor that is missing, contradictory or of the wrong width",
    "check.zip-encrypted": "an encrypted entry",
    "check.zip-flags": "general purpose flags that have no meaning or that no reader of Lambda's has",
    "check.zip-method": "a compression method other than stored and deflate",
    "check.zip-version": "a version needed that the format does not have",
    "check.zip-extra": "extra fields that do not add up",
    "check.zip-kind": "name, mode, attributes and size disagree about what is a folder",
    "check.zip-name": "a name that is empty, absolute, not decodable or leaves the folder",
    "check.zip-encoding": "a name that is not ASCII and has no flag for UTF-8: readers disagree",
    "check.zip-unicode-path": "a Unicode path field that holds another name",
    "check.zip-duplicate": "one place for two entries, or a file where a folder must be",
    "check.zip-collision": "names that are equal but for case or Unicode form",
    "check.zip-size-lies": "content that is longer or shorter than told",
    "check.zip-crc": "content that does not fit its CRC-32",
    "check.zip-stream": "a deflate stream that is broken or cut",
    "check.zip-unread": "an entry that cannot be unpacked, or was not looked at",
    "check.zip-made-by": "entries that claim to be made by zip64's version without having it",
    "check.zip-descriptors": "entries whose sizes stand behind their content",
    "check.mode-unreadable": "a file that Lambda's user may not read",
    "check.mode-unusual": "a mode other than 0644 and 0755",
    "check.kind": "a device, pipe or socket in a zip",
    "check.link": "a symbolic link in a zip",
    "check.name-long": "a name that Linux cannot hold",
    "check.size-unzipped": "more than 250 MB unzipped, layers included",
    "check.size-direct": "more than 50 MB zipped: the zip must go through S3",
    "check.size-inline": "more than 4 MB of code for a template",
    "check.size-budget": "a zip larger than the project's budget",
    "check.size-grown": "a zip that grew since it was locked",
    "check.secret": "text with the shape of a key, token or password",
    "check.secret-file": "a file that holds secrets by its name",
    "check.vcs": "the folder of a version control system in a zip",
    "check.cache": "caches, virtual environments or other tools' output in a zip",
    "check.editor": "files of editors and file managers in a zip",
    "check.tests": "tests in a zip",
    "check.node-modules": "node_modules in a function that is not Node's",
    "check.not-normalised": "files that an installer wrote about itself, which differ between machines",
    "check.windows-script": "scripts for Windows in a zip",
    "check.archive": "archives in a zip",
    "check.runtime-deprecated": "a zip for a runtime that AWS has deprecated or blocked, or for a preview",
    "check.runtime-unknown": "no runtime, or none of the table: most rules say nothing",
    "check.runtime-architecture": "an architecture that the runtime does not have",
    "check.ignore": "an `ignore` that matches nothing",
    # why two zips differ
    "differs.architecture": "programs for other machines",
    "differs.toolchain": "programs of other Go versions",
    "differs.platform": "built for another runtime or architecture",
    "differs.dependency": "another version of a dependency, or one more",
    "differs.go-module": "Go programs built from other module versions",
    "differs.wheel": "another wheel of the same version",
    "differs.flags": "built with other flags",
    "differs.go-vcs": "another stamp of the version control in a Go program",
    "differs.go-trimpath": "a Go program that holds the folder it was built in",
    "differs.go-setting": "a Go program built with another setting",
    "differs.moved": "the same files under other names",
    "differs.line-ends": "files that differ only in line ends",
    "differs.path": "an absolute path in a file",
    "differs.bytecode": "compiled Python that differs",
    "differs.shebang": "a script that names another interpreter",
    "differs.bom": "files that differ only in a byte order mark",
    "differs.final-newline": "files that differ only in their last line end",
    "differs.key-order": "the same JSON or TOML in another form",
    "differs.timestamp": "files that differ only in times that stand in them",
    "differs.sources": "built from other source files",
    "differs.component": "built from another input",
    "differs.go-code": "Go programs of other source, built alike",
    "differs.elf": "compiled files that differ",
    "differs.file": "files of other content",
    "differs.added": "files that only the second zip has",
    "differs.removed": "files that only the first zip has",
    "differs.kind": "a file in one zip, a link in the other",
    "differs.executable": "an executable bit that one zip has lost",
    "differs.maker": "zips that different tools made",
    "differs.method": "stored in one zip, compressed in the other",
    "differs.engine": "the same content, compressed by another engine or level",
    "differs.installer": "what an installer notes about itself",
    "differs.umask": "modes that differ as a umask makes them",
    "differs.setuid": "setuid, setgid or sticky bits",
    "differs.modes": "other modes",
    "differs.time-zone": "times that differ as time zones do",
    "differs.times": "other times",
    "differs.order": "entries in another order",
    "differs.folders": "directory entries in one zip only",
    "differs.extra": "other extra fields",
    "differs.host": "made on another system, says the zip",
    "differs.version": "another version of the zip format",
    "differs.descriptors": "sizes before the content, or after it",
    "differs.header-flags": "other flags in the headers",
    "differs.encoding": "names that are encoded in another way",
    "differs.attributes": "other attributes",
    "differs.comment": "another comment",
    "differs.zip64": "zip64 records in one zip only",
    "differs.surplus": "data outside of the entries",
    "differs.duplicates": "a name that comes more often in one zip",
    "differs.unsound": "a container with faults",
    "differs.container": "other bytes that nothing else explains",
    # AWS
    "aws.library": "the library that speaks with AWS is not installed",
    "aws.credentials": "no credentials, incomplete ones, or ones that AWS does not know",
    "aws.expired": "credentials that have expired",
    "aws.region": "no Region, or one that does not exist",
    "aws.permission": "credentials without the permission for a call",
    "aws.network": "an address that does not answer, or an answer that broke off",
    "aws.throttled": "AWS still says that there are too many calls",
    "aws.busy": "another update of the function does not end",
    "aws.refused": "AWS refused a call, in its own words",
    "aws.failed": "AWS took an update, and could not carry it out",
    "aws.function": "a function that is not in this account and Region",
    "aws.alias": "an alias or a version that the function does not have",
    "aws.role": "an execution role that is missing, or that Lambda may not assume",
    "aws.bucket": "a bucket that is missing, or not in the function's Region",
    "aws.upload": "an upload whose bytes are not those of the zip",
    "aws.signing": "code that the function's code signing configuration refuses",
    "aws.image": "a function whose code is a container image",
    "aws.storage": "the account's storage for code is full",
    "deploy.changed": "the function changed while it was deployed, more than once",
    "deploy.broken": "a zip that `onezip check` calls broken",
    "deploy.untested": "a zip that never answered here",
    "deploy.role": "a function that is to be made, and no role for it",
    "deploy.bytes": "a zip that is not the one that was built",
    # running
    "run.python": "no Python that can run the function",
    "run.architecture": "a program that this machine cannot execute",
    "run.loader": "a program that needs a loader or interpreter which this machine does not have",
    "run.sandbox": "the surroundings of a function cannot be made",
    # running functions here
    "run.listen": "an address that cannot be listened on",
    "run.unreachable": "no onezip answers at the address that was given",
    "run.refused": "a call that the Invoke API refused",
    "run.front": "HTTP fronts that contradict each other, or name what is not there",
    # the surroundings
    "cache.unusable": "the cache folder cannot be written",
    "cache.corrupt": "a cache entry with wrong bytes, treated as missing",
    "tool.missing": "a program is not here",
    "network.failed": "something could not be fetched",
}
"""Every diagnostic's code and what it means. The docs and SARIF are made from this table."""
