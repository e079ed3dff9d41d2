"""What `go` is told: arguments and variables that give the same bytes on every machine."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onezip.builder.languages.go_cgo import FIXED_C, c_target
from onezip.errors import ProjectError
from onezip.model.function import Function

FIXED: Mapping[str, str] = {
    "CGO_ENABLED": "0",
    "GOOS": "linux",
    "GOAMD64": "v1",
    "GOARM64": "v8.0",
    "GOENV": "off",
    "GOFLAGS": "",
    "GOEXPERIMENT": "",
    "GOFIPS140": "off",
    "GODEBUG": "",
    "GOWORK": "",
    "GO111MODULE": "",
}
"""Every variable of `go help environment` that reaches the bytes; an empty one means Go's own default."""

LINKER = ("-s", "-w", "-buildid=")
"""Linker flags of every build: no symbol table, no DWARF, no build ID that differs by machine."""

_ALWAYS = frozenset({
    "toolexec", "overlay", "exec", "o", "C", "modfile", "trimpath", "importcfg", "embedcfg", "installsuffix",
    "cpuprofile", "memprofile", "mutexprofile", "blockprofile", "traceprofile", "race", "msan", "asan",
    "shared", "linkshared", "dynlink", "V", "h",
})  # fmt: skip
"""Flags that run programs, read or write files beside the build's own, or need C."""

_LINK = _ALWAYS | {
    "extld", "extldflags", "extar", "linkmode", "libgcc", "capturehostobjs", "pluginpath", "L", "r", "tmpdir",
    "benchmark", "benchmarkprofile", "fipso", "buildmode", "H",
}  # fmt: skip
_COMPILE = _ALWAYS | {
    "asmhdr", "bench", "json", "linkobj", "I", "D", "pgoprofile", "symabis", "buildid", "coveragecfg",
    "goversion", "p", "pack", "std", "env", "+",
}  # fmt: skip
_TAKES_VALUE = frozenset({
    # go tool link
    "X", "B", "D", "E", "I", "R", "T", "buildid", "debugtextsize", "debugtramp", "funcalign", "k",
    "randlayout", "strictdups", "memprofilerate",
    # go tool compile
    "c", "d", "gendwarfinl", "lang", "spectre",
})  # fmt: skip
"""Flags whose value may stand in the next word (`go tool link -h`, `go tool compile -h`)."""

_TAG = re.compile(r"[\w.]+")
_PATTERN = re.compile(r"""([^-='"\s][^=\s]*)=(.*)""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class GoFlags:
    """The build flags of a function that differ between functions, as one argument each.

    target is the C compiler's (`x86_64-linux-gnu.2.34`), empty where C is not compiled. digest is a hex
    SHA-256 over all of it; equal digests may share a `go build`. question is one over what reaches
    `go list`.
    """

    tags: str
    ldflags: str
    gcflags: tuple[str, ...]
    env: Mapping[str, str]
    target: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The flags of `go build`."""
        return (
            "-trimpath",
            "-buildvcs=false",
            f"-tags={self.tags}",
            f"-ldflags={self.ldflags}",
            *(f"-gcflags={flags}" for flags in self.gcflags),
        )

    @property
    def digest(self) -> str:
        """Names the flags and variables; nothing of it depends on the machine."""
        return _digest([*self.arguments, "", *self._variables(), *([self.target] if self.target else [])])

    @property
    def question(self) -> str:
        """Names what decides which files and packages there are."""
        return _digest([self.tags, *self._variables()])

    def _variables(self) -> list[str]:
        return [f"{name}={value}" for name, value in sorted(self.env.items())]


def flags(function: Function) -> GoFlags:
    """The flags of a function. Raises ProjectError for those that would break or escape the build."""
    settings = function.go
    linker = _words(function, "ldflags", settings.ldflags, _LINK)
    return GoFlags(
        tags=",".join(["lambda.norpc", *_tags(function)]),
        ldflags=_join(function, "ldflags", [*LINKER, *linker]),
        gcflags=_compiler(function),
        env={
            **FIXED,
            **(FIXED_C if settings.cgo else {}),
            "GOOS": settings.system,
            "GOARCH": function.architecture.goarch,
        },
        target=c_target(function) if settings.cgo else "",
    )


def package_path(function: Function) -> str:
    """The package as `go` wants it: a path that starts with a dot."""
    path = posixpath.normpath(function.go.package.strip() or ".")
    if path.startswith("/") or "..." in path or "\\" in path:
        raise ProjectError(
            "project.value",
            f"{function.name}: package {function.go.package!r} is not one folder below source",
            hint='write it relative to source, with forward slashes: package = "cmd/api"',
            place=function.place,
        )
    return path if path in {".", ".."} or path.startswith("../") else f"./{path}"


def _tags(function: Function) -> list[str]:
    tags = {tag for text in function.go.tags for tag in re.split(r"[,\s]+", text) if tag}
    for tag in sorted(tags):
        if not _TAG.fullmatch(tag):
            raise ProjectError(
                "go.flag",
                f"{function.name}: {tag!r} is not a build tag",
                hint="a tag has letters, digits, _ and . only",
                place=function.place,
            )
    return sorted(tags - {"lambda.norpc"})


def _compiler(function: Function) -> tuple[str, ...]:
    """One -gcflags for each package pattern (`all=-N`), in the order given; the last match wins in Go."""
    groups: list[tuple[str, list[str]]] = []
    for entry in function.go.gcflags:
        pattern, text = "", entry.strip()
        if (match := _PATTERN.fullmatch(text)) and (not match[2] or match[2][0] in "-'\""):
            pattern, text = f"{match[1]}=", match[2]
        if pattern or not groups:
            groups.append((pattern, []))
        if text:
            groups[-1][1].append(text)
    return tuple(
        pattern + _join(function, "gcflags", _words(function, "gcflags", entries, _COMPILE))
        for pattern, entries in groups
    )


def _words(function: Function, key: str, entries: Sequence[str], refused: frozenset[str]) -> list[str]:
    """The words of flag entries. One that starts with `-` is split by Go's rules, any other is one value."""
    words: list[str] = []
    for entry in entries:
        text = entry.strip()
        words += _split(function, key, text) if text.startswith(("-", "'", '"')) else [text] if text else []
    value_of = ""
    for word in words:
        if word.startswith("@"):  # cmd/internal/objabi reads further arguments from such a file
            _refuse(function, key, word, "it would read arguments from a file")
        if value_of:
            value_of = ""
            continue
        if not word.startswith("-"):
            _refuse(
                function,
                key,
                word,
                "it stands alone",
                f'quote a value that has blanks: {key} = ["-X", "main.name=two words"]',
            )
        name, equals, _ = word.removeprefix("-").removeprefix("-").partition("=")
        if name in refused:
            _refuse(
                function, key, word, "it would run another program, or make the bytes depend on a machine"
            )
        value_of = word if name in _TAKES_VALUE and not equals else ""
    if value_of:
        _refuse(function, key, value_of, "its value is missing")
    return words


def _refuse(function: Function, key: str, word: str, why: str, hint: str = "") -> None:
    raise ProjectError(
        "go.flag",
        f"{function.name}: {key} may not hold {word!r}: {why}",
        hint=hint or f"remove {word!r} from {key}",
        place=function.place,
    )


def _split(function: Function, key: str, text: str) -> list[str]:
    """Go's splitting (cmd/internal/quoted.Split): '' or "" around a whole word, no escapes."""
    words = []
    rest = text.lstrip()
    while rest:
        if rest[0] in "'\"":
            word, closing, rest = rest[1:].partition(rest[0])
            if not closing:
                _refuse(function, key, text, "a quote is not closed")
        else:
            word, rest = (*rest.split(maxsplit=1), "")[:2]
        words.append(word)
        rest = rest.lstrip()
    return words


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _join(function: Function, key: str, words: Sequence[str]) -> str:
    """The inverse of _split (cmd/internal/quoted.Join)."""
    quoted = []
    for word in words:
        if not word or re.search(r"[\s'\"]", word):
            if "'" in word and '"' in word:
                _refuse(function, key, word, "Go cannot be given both kinds of quotes in one value")
            quote = '"' if "'" in word else "'"
            quoted.append(f"{quote}{word}{quote}")
        else:
            quoted.append(word)
    return " ".join(quoted)
