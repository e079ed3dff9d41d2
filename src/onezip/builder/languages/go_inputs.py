"""The packages of a program -> the files, folders and missing paths that decide it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from onezip.builder.languages.base import Read
from onezip.builder.languages.go_list import SOURCES, Package, is_local
from onezip.builder.languages.go_mod import below, is_below, parents, parse
from onezip.model.build import Facts

_GLOB = frozenset("*?[\\")


def inputs(source: str, listed: Sequence[Package], read: Read) -> Facts:
    """The inputs of the last package listed, the main one, built from the absolute folder source.

    Packages of the standard library count by the toolchain's version, those of the module cache by go.sum;
    all others by their files: main and workspace modules, `replace`d folders, `vendor`.
    """
    main = listed[-1]
    files: set[str] = set()
    folders: set[str] = set()
    trees: set[str] = set()
    absent: set[str] = set()
    modules: dict[str, bool] = {}
    for package in filter(is_local, listed):
        folder = package["Dir"]
        folders.add(folder)
        for name in (name for kind in SOURCES for name in package.get(kind) or ()):
            files.add(below(folder, name))
        folders.update(below(folder, name) for name in _folders(package.get("EmbedFiles") or ()))
        trees.update(below(folder, name) for name in _embedded_trees(package))
        module = package.get("Module") or {}
        if root := module.get("Dir"):
            modules[root] = modules.get(root, False) or bool(module.get("Main"))
            absent.update(_between(folder, root))

    root = (main.get("Module") or {}).get("Dir", "")
    if is_below(source, root):
        absent.update(_between(source, root))
    works = set(_works(source, read, absent)) | set(_works(root or source, read, absent))
    for work in works:
        modules.update(_uses(work, read))
        _count(f"{work}.sum", read, files, absent)
    for module_root, is_main in _with_replaced(modules, read).items():
        _count(below(module_root, "go.mod"), read, files, absent)
        if is_main:
            _count(below(module_root, "go.sum"), read, files, absent)
    for vendoring in {root, *(below(work, "..") for work in works)} - {""}:
        _count(below(vendoring, "vendor/modules.txt"), read, files, absent)
    profile = below(main["Dir"], "default.pgo")  # `go help build`, -pgo=auto
    if _is_there(profile, read):
        files.add(profile)
    return Facts(
        files=tuple(sorted(files | works)),
        folders=tuple(sorted(folders)),
        trees=tuple(sorted(trees)),
        absent=tuple(sorted(absent - files)),
        details={
            "package": main["ImportPath"],
            "module": (main.get("Module") or {}).get("Path", ""),
            "root": root,
            "work": next(iter(works), "") if len(works) < 2 else "?",
        },
    )


def _embedded_trees(package: Package) -> Iterator[str]:
    """The folders below which a new file would be embedded too (https://pkg.go.dev/embed#hdr-Directives).

    A pattern that names a folder takes all of it; one with `*` takes what matches, and a matching folder
    whole. Where the first `*` stands in the first and only element, the folder is the package's own: then
    its names count, and the matching folders are told by the files that Go found in them.
    """
    files = package.get("EmbedFiles") or ()
    for written in package.get("EmbedPatterns") or ():
        pattern = written.removeprefix("all:")
        parts = pattern.split("/")
        plain = next((n for n, part in enumerate(parts) if _GLOB & set(part)), len(parts))
        if plain == len(parts):
            if pattern not in files:
                yield pattern
        elif plain:
            yield "/".join(parts[:plain])
        elif len(parts) == 1:
            yield from {name.partition("/")[0] for name in files if "/" in name}
        else:
            yield "."


def _folders(names: Sequence[str]) -> set[str]:
    """The folders above relative names, without the top."""
    found: set[str] = set()
    for name in names:
        folder = posixpath.dirname(name)
        while folder and folder not in found:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return found


def _between(folder: str, root: str) -> Iterator[str]:
    """The go.mod files that would cut a folder off from its module's root."""
    for path in parents(folder):
        if path == root or not is_below(path, root):
            return
        yield below(path, "go.mod")


def _works(folder: str, read: Read, absent: set[str]) -> Iterator[str]:
    """The go.work that governs a folder: the nearest one above; those that are not there go to absent."""
    for path in parents(folder):
        work = below(path, "go.work")
        if _is_there(work, read):
            yield work
            return
        absent.add(work)


def _uses(work: str, read: Read) -> dict[str, bool]:
    """The modules of a workspace; their requirements decide versions, whether or not a package is used."""
    return {below(below(work, ".."), folder): True for folder in parse(read(work) or "").folders}


def _with_replaced(modules: Mapping[str, bool], read: Read) -> dict[str, bool]:
    """The modules and the folders their `replace` lines name: those decide versions too."""
    found = dict(modules)
    for root in modules:
        for folder in parse(read(below(root, "go.mod")) or "").folders:
            found.setdefault(below(root, folder), False)
    return found


def _count(path: str, read: Read, files: set[str], absent: set[str]) -> None:
    (files if _is_there(path, read) else absent).add(path)


def _is_there(path: str, read: Read) -> bool:
    try:
        return read(path) is not None
    except UnicodeDecodeError:
        return True
