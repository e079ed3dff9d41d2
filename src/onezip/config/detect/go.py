"""Go functions of a listing: the main packages of its modules.  [pure]"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from onezip.config.detect.go_modules import Modules, modules, short
from onezip.config.detect.go_source import GoSource, fits, scan, tags
from onezip.config.detect.names import Candidate
from onezip.config.detect.walk import Listing, Read, join

LAMBDA = (
    "github.com/aws/aws-lambda-go/lambda",
    "github.com/aws/aws-lambda-go/lambdaurl",
    "github.com/awslabs/aws-lambda-go-api-proxy",
    "github.com/akrylysov/algnhsa",
    "github.com/apex/gateway",
)
"""Packages that talk to Lambda's Runtime API; a program that reaches none of them is a function by chance."""

_WITHOUT_C = tags("amd64", ["lambda.norpc"])
_WITH_C = tags("amd64", ["lambda.norpc"], c=True)
_NAME_ONLY = GoSource("")


@dataclass(frozen=True, slots=True)
class _Program:
    """A main package, or one file of a folder with several `func main`."""

    folder: str
    file: str
    alone: bool
    c: bool
    imports: frozenset[str]

    @property
    def told(self) -> str:
        """The program in a note."""
        return self.folder if self.alone else join(self.folder, self.file)


def find(listing: Listing, read: Read) -> tuple[list[Candidate], list[str]]:
    """The functions, and notes about what was left out.

    Where a program imports aws-lambda-go, directly or through packages of these modules, only such programs
    are functions: the others are tools of the project. Where none does, all of them are.
    """
    known = modules(listing, read)
    packages = _Packages(listing, read, known)
    programs: list[_Program] = []
    notes: list[str] = []
    for folder in listing:
        found = list(packages.programs(folder))
        home = known.home(folder)
        if found and home is None:
            notes.append(f"{folder}: a Go program outside any module: run `go mod init` where it belongs")
        elif found and home is not None and not known.in_workspace(home):
            notes.append(f"{folder}: left out, for go.work does not use its module: `go work use {home}`")
        else:
            programs += found
    chosen = [program for program in programs if packages.reach_lambda(program)]
    if programs and not chosen:
        notes.append("no Go program imports aws-lambda-go, so every one is taken for a function")
        chosen, why = programs, "a `func main` in package main"
    else:
        why = "a `func main` that reaches aws-lambda-go"
    if others := [program.told for program in programs if program not in chosen]:
        notes.append(f"left out, for they do not import aws-lambda-go: {', '.join(others)}")
    return [_candidate(program, known, why) for program in chosen], notes


def _candidate(program: _Program, known: Modules, why: str) -> Candidate:
    table: dict[str, Any] = {"language": "go", "source": program.folder}
    settings: dict[str, Any] = {} if program.alone else {"package": program.file}
    if program.c:
        settings["cgo"] = True
    if settings:
        table["go"] = settings
    home = known.home(program.folder) or "."
    parts = tuple(program.folder.split("/")) if program.folder != "." else short(known.paths.get(home, ""))
    if not program.alone:
        parts = (*parts, program.file.removesuffix(".go"))
    told = f"{join(program.folder, program.file)}: {why}"
    return Candidate(parts or ("function",), table, told + (", with C" if program.c else ""))


class _Packages:
    """The Go files of a listing, each read at most once."""

    def __init__(self, listing: Listing, read: Read, known: Modules) -> None:
        self._listing = listing
        self._read = read
        self._known = known
        self._sources: dict[str, dict[str, GoSource]] = {}
        self._reaches: dict[str, bool] = {}

    def programs(self, folder: str) -> Iterator[_Program]:
        """The programs of a folder."""
        sources = self._files(folder)
        mains = [name for name, source in sources.items() if source.main]
        helpers = {
            name: source for name, source in sources.items() if source.package == "main" and not source.main
        }
        for name in mains:
            files = {name: sources[name], **helpers}
            yield _Program(
                folder,
                name,
                len(mains) == 1,
                any("C" in source.imports and "cgo" not in source.constraint for source in files.values()),
                frozenset(path for source in files.values() for path in source.imports),
            )

    def reach_lambda(self, program: _Program) -> bool:
        """Whether a program imports aws-lambda-go, also through packages of these modules."""
        return self._reach(program.imports, {program.folder})

    def _reach(self, imports: frozenset[str], seen: set[str]) -> bool:
        if any(path == own or path.startswith(f"{own}/") for path in imports for own in LAMBDA):
            return True
        for path in imports:
            folder = self._known.folder(path)
            if folder is None or folder in seen:
                continue
            seen.add(folder)
            inner = frozenset(path for source in self._files(folder).values() for path in source.imports)
            if self._reach(inner, seen):
                return True
        return False

    def _files(self, folder: str) -> Mapping[str, GoSource]:
        """The files of a folder that a build for Linux takes, with or without C."""
        if folder not in self._sources:
            found: dict[str, GoSource] = {}
            for name in self._listing.get(folder, ()):
                if not name.endswith(".go") or not fits(name, _NAME_ONLY, _WITH_C):
                    continue
                source = scan(self._read(join(folder, name)) or "")
                if source and (fits(name, source, _WITHOUT_C) or fits(name, source, _WITH_C)):
                    found[name] = source
            self._sources[folder] = found
        return self._sources[folder]
