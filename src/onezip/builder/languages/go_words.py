"""Go's own words -> what they mean for the user, and the next step."""

from __future__ import annotations

import re
from typing import NamedTuple

from onezip.builder.languages.base import Explained

_CREDENTIALS = (
    "a private module needs `go env -w GOPRIVATE=HOST/PATH` and git credentials "
    "(https://go.dev/ref/mod#private-modules)"
)
_MODULE = r"(?P<module>[\w.~/-]+\.[\w.~/-]+?(?:@v[\w.+-]+)?)"


class Row(NamedTuple):
    """A pattern of Go's words, its code, the next step and, where it says more, a message.

    `{name}` stands for the pattern's group of that name.
    """

    pattern: str
    code: str
    hint: str
    message: str = ""


ROWS: tuple[Row, ...] = (
    # toolchains
    Row(
        r"requires go >= (?P<version>[\w.]+) \(running",
        "go.version",
        "pin a newer Go: `go mod edit -toolchain=goX.Y.Z`, or go in the project file; {version} at least",
    ),
    Row(
        r"toolchain@[^\n]*(?:checksum database disabled|GOSUMDB=off)",
        "go.version",
        "Go fetches a toolchain only with its checksum: unset GOSUMDB, or install it from https://go.dev/dl",
    ),
    Row(
        r"download go1[^\n]*(?:not available|not found|\b40[34]\b|\b410\b)|invalid toolchain",
        "go.version",
        "no such release (https://go.dev/dl lists them), or GOPROXY does not offer it",
    ),
    Row(
        r"golang\.org/toolchain|\bdownload go1[\w.]+",
        "go.version",
        "this Go version could not be fetched: it needs the network or a GOPROXY once; or install it",
    ),
    Row(
        r"unknown directive: toolchain|invalid go version",
        "go.version",
        "this Go is too old: Go 1.21 is the first that can fetch an exact version",
    ),
    # modules
    Row(
        rf"verifying {_MODULE}(?:/go\.mod)?: checksum mismatch",
        "go.module",
        "a moved tag, a proxy's other copy, or tampering: find out which before `go mod tidy` takes it over",
        "{module} is not what go.sum recorded",
    ),
    Row(
        r"checksum mismatch|SECURITY ERROR",
        "go.module",
        "the module is not what go.sum recorded: a moved tag, or tampering; find out which",
    ),
    Row(
        r"go\.mod file not found",
        "go.module",
        "run `go mod init example.com/name` and `go mod tidy` there, or set source to the folder with go.mod",
    ),
    Row(
        r"missing go\.sum entry|updates to go\.(?:mod|sum) needed|no required module provides package",
        "go.module",
        "run `go mod tidy` in the folder with go.mod, and commit go.mod and go.sum",
    ),
    Row(
        r"inconsistent vendoring|-mod=vendor",
        "go.module",
        "run `go mod vendor` (`go work vendor` in a workspace) and commit vendor",
    ),
    Row(
        r"not one of the workspace modules",
        "go.module",
        "run `go work use` with the module's folder, or remove go.work",
    ),
    Row(
        r"cannot load module (?P<folder>\S+) listed in go\.work file",
        "go.module",
        "a `use` line of go.work names {folder}, which has no go.mod: check it out, or remove the line",
    ),
    Row(
        r"does not contain package|outside main module",
        "go.module",
        "the package lies in another module: set source to the folder with its go.mod",
    ),
    Row(
        r"replacement directory \S+ does not exist",
        "go.module",
        "a `replace` line of go.mod names this folder: check it out, or change the line",
    ),
    Row(r"errors parsing go\.(?:mod|work)", "go.module", ""),
    # the network
    Row(
        rf"{_MODULE}(?:/go\.mod)?: (?:[^\n]*: )?reading \S+/(?:lookup|tile|latest)\b\S*: "
        r"(?P<answer>4\d\d(?: [A-Z]\w+)+)",
        "go.gone",
        "private: set GOPRIVATE=HOST/PATH (`go env -w`), or GONOSUMDB=HOST/PATH where a proxy of your own "
        "has it; public: its version was withdrawn, or GOSUMDB cannot be reached from here",
        "{module} is not in go.sum, nor to be found in the checksum database: {answer}",
    ),
    Row(
        rf"{_MODULE}: (?:reading|verifying[^\n]*: reading) (?P<where>https?://[^\s/]+)\S*: 400 Bad Request",
        "go.gone",
        f"look at the module's path and version for a slip, and at GOPROXY; {_CREDENTIALS}",
        "{module} is no module to {where}: 400 Bad Request",
    ),
    Row(
        rf"{_MODULE}: (?:reading|verifying[^\n]*: reading) (?P<where>[^\s?]+)\S*: "
        r"(?P<answer>40[34](?: [A-Z]\w+)+|410 Gone|no such file or directory)",
        "go.gone",
        "withdrawn: `go get` another version, `replace` it by a fork, or vendor it where it still is; "
        f"private: {_CREDENTIALS}",
        "{module} is not to be had: {answer}",
    ),
    Row(
        rf"{_MODULE}: invalid version: unknown revision (?P<answer>\S+)",
        "go.gone",
        "its tag was moved or deleted: `go get` a version that exists, and commit go.mod and go.sum",
        "{module} is not to be had: no revision {answer}",
    ),
    Row(
        r"could not read Username|terminal prompts disabled|Permission denied|Authentication failed|401 Un",
        "network.failed",
        _CREDENTIALS,
        "a module wants credentials",
    ),
    Row(
        r"404 Not Found|410 Gone|403 Forbidden|unknown revision|[Rr]epository not found",
        "go.gone",
        f"no such module or version, or no right to see it: {_CREDENTIALS}",
    ),
    Row(
        r"dial tcp|[Nn]o such host|[Cc]ould not resolve host|i/o timeout|connection refused|TLS handshake"
        r"|x509:|proxyconnect|GOPROXY=off",
        "network.failed",
        "a module could not be fetched: look at the network, proxies and GOPROXY; vendor needs none",
    ),
    Row(
        r"no secure protocol found for repository",
        "network.failed",
        f"its host does not answer, or wants credentials: look at the network; {_CREDENTIALS}",
        "a module's repository cannot be reached",
    ),
    # C
    Row(
        r"onezip-uses-no-pkg-config",
        "build.failed",
        "C code that comes with a Go package can be built, libraries of this machine cannot: look for a "
        "package that brings its C sources, or a build tag of this one that does",
        "a package asks pkg-config for a C library",
    ),
    Row(
        r"fatal error: '(?P<header>[^']+)' file not found",
        "build.failed",
        "only the C library's headers and those beside the Go files are there: a package that brings its C "
        "sources can be built, a library of this machine cannot",
        "{header} is missing",
    ),
    Row(
        r"unable to find (?:\w+ )*library ['\"]|library not found for -l",
        "build.failed",
        "libraries of this machine are not on Lambda: look for a package, or a build tag, that brings C "
        "sources",
        "a package links to a C library that is not there",
    ),
    # packages
    Row(
        r"directory not found|no Go files in|cannot find package",
        "project.source",
        "set package in the function's go table to the main package's folder, relative to source",
    ),
    Row(
        r"main redeclared in this block",
        "build.failed",
        'the folder holds more than one `func main`: name one file, such as package = "cmd/a.go", or give '
        "each program a folder of its own",
    ),
    Row(
        r"build constraints exclude all Go files",
        "build.failed",
        "all of it is C (then cgo = true in the go table helps), or for another system or tag",
    ),
    Row(
        r"pattern \S+: no matching files found",
        "build.failed",
        "a `//go:embed` line wants files that are not there: generate them before the build",
    ),
    Row(
        r"is not in std",
        "build.failed",
        "this Go's library has no such package; one of your own needs its module's path in front",
    ),
)
"""What Go's words mean; the first pattern found counts."""


def explain(output: str) -> Explained:
    """What a failed `go` command says; empty where its own words say it best."""
    for row in ROWS:
        if found := re.search(row.pattern, output):
            groups = found.groupdict("")
            return Explained(row.code, row.message.format(**groups), row.hint.format(**groups))
    return Explained()
