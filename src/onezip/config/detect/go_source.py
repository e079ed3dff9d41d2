"""Go source text: the little that must be known of it without a compiler.  [pure]

The grammar is at https://go.dev/ref/spec#Source_file_organization; which files are built is said by
`go help buildconstraint`. Text that is not Go gives a wrong answer at worst, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>`[^`]*`|"(?:\\.|[^"\\\n])*")|(?P<rune>'(?:\\.|[^'\\\n])+')"""
    r"|(?P<word>\w+)|(?P<other>\S)",
    re.DOTALL,
)
_SKIPPED = re.compile(r"""//[^\n]*|/\*.*?\*/|`[^`]*`|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", re.DOTALL)
_MAIN = re.compile(r"\bfunc\s+main\s*\(")
_EXPRESSION = re.compile(r"&&|\|\||[!()]|[\w.]+")

SYSTEMS = frozenset({
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
    "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos",
})  # fmt: skip
"""GOOS values that count in a file's name (internal/syslist, Go 1.26)."""

MACHINES = frozenset({
    "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "loong64", "mips", "mipsle", "mips64",
    "mips64le", "mips64p32", "mips64p32le", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x",
    "sparc", "sparc64", "wasm",
})  # fmt: skip
"""GOARCH values that count in a file's name (internal/syslist, Go 1.26)."""

Holds = Callable[[str], bool]
"""Whether a build tag is satisfied."""


@dataclass(frozen=True, slots=True)
class GoSource:
    """One file: its package clause, its imports as written, whether it declares `func main`.

    constraint is the expression of its `//go:build` line, or what its `// +build` lines mean; empty for none.
    """

    package: str
    imports: tuple[str, ...] = ()
    main: bool = False
    constraint: str = ""


def scan(text: str) -> GoSource | None:
    """What a file's text says, or None where it has no package clause."""
    comments: list[str] = []
    tokens = _tokens(text.removeprefix("\ufeff"), comments)
    if next(tokens, ("", "")) != ("word", "package"):
        return None
    kind, name = next(tokens, ("", ""))
    if kind != "word":
        return None
    constraint = _constraint(comments)
    return GoSource(name, tuple(_imports(tokens)), name == "main" and declares_main(text), constraint)


def declares_main(text: str) -> bool:
    """Whether a text has a `func main` outside comments and strings."""
    return bool(_MAIN.search(text) and _MAIN.search(_SKIPPED.sub(_blank, text)))


def tags(machine: str, own: Collection[str] = (), *, c: bool = False) -> Holds:
    """The tags of a build for Linux by Go's own compiler. machine is a GOARCH; c says whether cgo is on.

    Every `go1.N` counts as satisfied: which one is true is known to the compiler only.
    """
    true = {"linux", "unix", "gc", machine, *own} | ({"cgo"} if c else set())
    return lambda tag: tag in true or bool(re.fullmatch(r"go1\.\d+", tag))


def fits(name: str, source: GoSource, holds: Holds) -> bool:
    """Whether a file counts in a build, by its name, its constraint and, where cgo is off, its `import "C"`.

    Files of tests never do, nor those that start with a dot or an underscore.
    """
    if name.endswith("_test.go") or name.startswith((".", "_")):
        return False
    if "C" in source.imports and not holds("cgo"):
        return False
    return _named_for(name, holds) and satisfied(source.constraint, holds)


def satisfied(constraint: str, holds: Holds) -> bool:
    """Whether a constraint is satisfied; a malformed one counts as satisfied, for Go tells of it."""
    words = _EXPRESSION.findall(constraint)
    if not words:
        return True
    try:
        value = _any(words, holds)
    except IndexError:
        return True
    return value if not words else True


def _any(words: list[str], holds: Holds) -> bool:
    value = _all(words, holds)
    while words[:1] == ["||"]:
        words.pop(0)
        value = _all(words, holds) or value
    return value


def _all(words: list[str], holds: Holds) -> bool:
    value = _one(words, holds)
    while words[:1] == ["&&"]:
        words.pop(0)
        value = _one(words, holds) and value
    return value


def _one(words: list[str], holds: Holds) -> bool:
    word = words.pop(0)
    if word == "!":
        return not _one(words, holds)
    if word == "(":
        value = _any(words, holds)
        words.pop(0)
        return value
    return holds(word)


def _named_for(name: str, holds: Holds) -> bool:
    """go/build's goodOSArchFile: what stands before the first `_` never counts."""
    parts = name.partition(".")[0].split("_")[1:]
    if len(parts) >= 2 and parts[-2] in SYSTEMS and parts[-1] in MACHINES:
        return holds(parts[-2]) and holds(parts[-1])
    if parts and (parts[-1] in SYSTEMS or parts[-1] in MACHINES):
        return holds(parts[-1])
    return True


def _tokens(text: str, comments: list[str]) -> Iterator[tuple[str, str]]:
    """(kind, text) of each token but comments, which are noted."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "comment":
            comments.append(match[0])
        elif match[0] != ";":
            yield kind, match[0]


def _imports(tokens: Iterator[tuple[str, str]]) -> Iterator[str]:
    """The paths of the import declarations, which stand before everything else."""
    for kind, text in tokens:
        if (kind, text) != ("word", "import"):
            return
        grouped = False
        for kind, text in tokens:  # noqa: PLW2901 - both loops eat the same stream
            if kind == "string":
                yield text[1:-1]
            elif text == "(":
                grouped = True
            if text == ")" or (kind == "string" and not grouped):
                break


def _constraint(comments: list[str]) -> str:
    for comment in comments:
        if comment.startswith("//go:build "):
            return comment.removeprefix("//go:build ").strip()
    lines = [found[1] for comment in comments if (found := re.match(r"//\s*\+build\s+(.*)", comment))]
    options = [" || ".join(f"({option.replace(',', ' && ')})" for option in line.split()) for line in lines]
    return " && ".join(f"({option})" for option in options if option)


def _blank(match: re.Match[str]) -> str:
    return " " if match[0].startswith(("//", "/*")) else '""'
