"""Go's own words -> what they mean for the user, and the next step."""

from __future__ import annotations

import re

from onezip.builder.languages.base import Explained

_CREDENTIALS = (
    "a private module needs `go env -w GOPRIVATE=HOST/PATH` and git credentials "
    "(https://go.dev/ref/mod#private-modules)"
)

ROWS: tuple[tuple[str, str, str], ...] = (
    # toolchains
    (
        r"requires go >= ([\w.]+) \(running",
        "go.version",
        "pin a newer Go: `go mod edit -toolchain=goX.Y.Z`, or go in the project file; {0} at least",
    ),
    (
        r"toolchain@[^\n]*(?:checksum database disabled|GOSUMDB=off)",
        "go.version",
        "Go fetches a toolchain only with its checksum: unset GOSUMDB, or install it from https://go.dev/dl",
    ),
    (
        r"download go1[^\n]*(?:not available|not found|\b40[34]\b|\b410\b)|invalid toolchain",
        "go.version",
        "no such release (https://go.dev/dl lists them), or GOPROXY does not offer it",
    ),
    (
        r"golang\.org/toolchain|\bdownload go1[\w.]+",
        "go.version",
        "this Go version could not be fetched: it needs the network or a GOPROXY once; or install it",
    ),
    (
        r"unknown directive: toolchain|invalid go version",
        "go.version",
        "this Go is too old: Go 1.21 is the first that can fetch an exact version",
    ),
    # modules
    (
        r"checksum mismatch|SECURITY ERROR",
        "go.module",
        "the module is not what go.sum recorded: a moved tag, or tampering; find out which",
    ),
    (
        r"go\.mod file not found",
        "go.module",
        "run `go mod init example.com/name` and `go mod tidy` there, or set source to the folder with go.mod",
    ),
    (
        r"missing go\.sum entry|updates to go\.(?:mod|sum) needed|no required module provides package",
        "go.module",
        "run `go mod tidy` in the folder with go.mod, and commit go.mod and go.sum",
    ),
    (
        r"inconsistent vendoring|-mod=vendor",
        "go.module",
        "run `go mod vendor` (`go work vendor` in a workspace) and commit vendor",
    ),
    (
        r"not one of the workspace modules",
        "go.module",
        "run `go work use` with the module's folder, or remove go.work",
    ),
    (
        r"does not contain package|outside main module",
        "go.module",
        "the package lies in another module: set source to the folder with its go.mod",
    ),
    (
        r"replacement directory \S+ does not exist",
        "go.module",
        "a `replace` line of go.mod names this folder: check it out, or change the line",
    ),
    (r"errors parsing go\.(?:mod|work)", "go.module", ""),
    # the network
    (
        r"could not read Username|terminal prompts disabled|Permission denied|Authentication failed|401 Un",
        "network.failed",
        _CREDENTIALS,
    ),
    (
        r"404 Not Found|410 Gone|403 Forbidden|unknown revision|[Rr]epository not found",
        "network.failed",
        f"no such module or version, or no right to see it: {_CREDENTIALS}",
    ),
    (
        r"dial tcp|no such host|i/o timeout|connection refused|TLS handshake|x509:|proxyconnect|GOPROXY=off",
        "network.failed",
        "a module could not be fetched: look at the network, proxies and GOPROXY; vendor needs none",
    ),
    # packages
    (
        r"directory not found|no Go files in|cannot find package",
        "project.source",
        "set package in the function's go table to the main package's folder, relative to source",
    ),
    (
        r"main redeclared in this block",
        "build.failed",
        "the folder holds more than one `func main`: give each program a folder of its own",
    ),
    (
        r"build constraints exclude all Go files",
        "build.failed",
        "all of it is C (cgo), or for another system or tag: builds are for Linux with cgo off",
    ),
    (
        r"pattern \S+: no matching files found",
        "build.failed",
        "a `//go:embed` line wants files that are not there: generate them before the build",
    ),
    (
        r"is not in std",
        "build.failed",
        "this Go's library has no such package; one of your own needs its module's path in front",
    ),
)
"""(pattern, code, next step); the first pattern found counts. {0} stands for the pattern's first group."""


def explain(output: str) -> Explained:
    """What a failed `go` command says; empty where its own words say it best."""
    for pattern, code, hint in ROWS:
        if found := re.search(pattern, output):
            return Explained(code, hint=hint.format(*found.groups()))
    return Explained()
