"""What the handler's module imports, and what that imports in turn: what of it is missing.  [pure]

The Python reference, "The import system": packages are imported before what is in them; a folder without
`__init__.py` is a namespace package; `from package import name` takes an attribute of the package, else its
submodule. Lambda puts /var/task first on `sys.path`, and reads no .pth files there (docs.python.org, "site":
they count in site directories only).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from onezip.archive.rules import owners
from onezip.archive.rules.modules import BUILTIN, brought, file_of, handler_module, parsed
from onezip.archive.rules.source import Import, Source
from onezip.archive.rules.subject import Subject

MOST_MODULES = 500
"""Modules of the zip that are parsed, from the handler's on."""

MOST_SOURCE = 3 << 20
"""Bytes of source that are parsed, all together."""

MOST_MISSING = 200
"""Things that are kept."""

_DEEPEST = 20
_COMPILED = (".so", ".pyd", ".pyc")

NO_PARENT = "attempted relative import with no known parent package"
BEYOND = "attempted relative import beyond top-level package"


class Missing(NamedTuple):
    """An import that always runs and fails. place is what is missing, dots as slashes, empty where only the
    way of importing is wrong; says is what Python says. elsewhere is whether a layer could bring it; top
    whether nothing of its name is in the zip.
    """

    file: str
    line: int
    place: str
    says: str
    elsewhere: bool = False
    top: bool = False


class Walk:
    """All that the handler's module needs at import. stray says that a module of the function's own changes
    where modules are looked for, doubtful that a package's does at import: what seems missing may be found.
    """

    def __init__(self, subject: Subject, version: tuple[int, int]) -> None:
        self.missing: list[Missing] = []
        self.stray = self.doubtful = False
        self._subject, self._version = subject.importable, version
        self._names = sorted(self._subject.files)
        self._waiting: list[str] = []
        self._seen: set[str] = set()
        self._sources: dict[str, Source | None] = {}
        self._left = MOST_SOURCE
        self._done: set[tuple[str, str]] = set()
        self._absent: set[str] = set()
        self._follow(*_with_packages(handler_module(subject)))
        for module in self._waiting:  # which grows
            self._visit(module)

    def _follow(self, *modules: str) -> None:
        """Look at these later, where there are such."""
        for module in modules:
            if module not in self._seen and len(self._seen) < MOST_MODULES and self._file(module):
                self._seen.add(module)
                self._waiting.append(module)

    def _visit(self, module: str) -> None:
        """All imports of one module."""
        source, file = self._source(module), self._file(module)
        if source is None:
            return
        if source.searches:
            self.stray = self.stray or self._own(file)
            self.doubtful = self.doubtful or source.hooks
        package = module if _is_package(file) else module.rpartition("/")[0]
        for each in source.imports:
            place = self._place(each, file, package)
            if place and (place, each.name) not in self._done:
                self._done.add((place, each.name))
                if self._reach(place, file, each.line) and each.name:
                    self._take(place, each.name, file, each.line)

    def _place(self, each: Import, file: str, package: str) -> str:
        """An import as a path below the root: `..core.x` in `pkg/sub` is `pkg/core/x`."""
        rest = each.module.lstrip(".")
        dots = len(each.module) - len(rest)
        parts = package.split("/") if package else []
        if dots > len(parts):
            if (file, "") not in self._done:
                self._done.add((file, ""))
                self._tell(Missing(file, each.line, "", BEYOND if parts else NO_PARENT))
            return ""
        above = parts[: len(parts) - dots + 1] if dots else []
        return "/".join([*above, *(rest.split(".") if rest else ())])

    def _reach(self, place: str, file: str, line: int) -> bool:
        """Whether a module and the packages around it are in the zip; else what is missing is told."""
        if place.partition("/")[0] in BUILTIN or place.count("/") >= _DEEPEST:
            return False
        parent = ""
        for path in _with_packages(place):
            above = self._file(parent)
            plain = above and not _is_package(above)
            if not plain and self._file(path):
                self._follow(path)
            elif not plain and self._below(f"{path}/"):
                if not parent and brought(path, self._version):
                    return False  # a package with an __init__.py goes before a folder without, wherever it is
            else:
                if path not in self._absent and not self._perhaps(path, parent):
                    dotted = path.replace("/", ".")
                    says = f"No module named '{dotted}'"
                    says += f"; '{parent.replace('/', '.')}' is not a package" if plain else ""
                    self._tell(Missing(file, line, path, says, elsewhere=not above, top=not parent))
                self._absent.add(path)
                return False
            parent = path
        return True

    def _perhaps(self, path: str, parent: str) -> bool:
        """Whether a module that is not in the zip may be found all the same."""
        if not parent and brought(path, self._version):
            return True
        near = self._below(f"{path}.", _COMPILED)
        return bool(near) or any(self._opaque(each) for each in _with_packages(parent))

    def _opaque(self, module: str) -> bool:
        """Whether a module may hold more than its source tells."""
        file = self._file(module)
        source = self._source(module)
        return bool(file) and (source is None or source.open or source.searches)

    def _take(self, place: str, name: str, file: str, line: int) -> None:
        """`from place import name`: an attribute, or a submodule. Packages' attributes are not judged."""
        holder, source = self._file(place), self._source(place)
        if holder and (source is None or source.open or name in source.names or name.startswith("__")):
            return
        inner = f"{place}/{name}"
        if not holder or _is_package(holder):
            if self._file(inner):
                self._follow(inner)
                return
            if self._below(f"{inner}/") or self._perhaps(inner, place):
                return
        if not holder or self._own(holder):
            where = f"/var/task/{holder}" if holder else "unknown location"
            says = f"cannot import name '{name}' from '{place.replace('/', '.')}' ({where})"
            self._tell(Missing(file, line, inner, says, elsewhere=not holder))

    def _tell(self, missing: Missing) -> None:
        if len(self.missing) < MOST_MISSING:
            self.missing.append(missing)

    def _source(self, module: str) -> Source | None:
        """A module's syntax, where it has one and there is room to parse it."""
        if module not in self._sources:
            file, found = self._file(module), None
            if file.endswith(".py"):
                self._left -= self._subject.files[file].size
                found = parsed(self._subject, file) if self._left >= 0 else None
            self._sources[module] = found if isinstance(found, Source) else None
        return self._sources[module]

    def _file(self, module: str) -> str:
        return file_of(self._subject, module)

    def _own(self, file: str) -> bool:
        return not owners.brought(file, self._subject.packages)

    def _below(self, start: str, endings: tuple[str, ...] = ("",)) -> str:
        """A name in the zip that starts so, and ends in one of these; or nothing."""
        for at in range(bisect_left(self._names, start), len(self._names)):
            name = self._names[at]
            if not name.startswith(start):
                return ""
            if name.endswith(endings):
                return name
        return ""


def _with_packages(place: str) -> tuple[str, ...]:
    """`a`, `a/b` and `a/b/c` for `a/b/c`: packages are imported before what is in them."""
    parts = place.split("/")[:_DEEPEST] if place else []
    return tuple("/".join(parts[: count + 1]) for count in range(len(parts)))


def _is_package(file: str) -> bool:
    return file.rpartition("/")[2].startswith("__init__.")
