"""What a Python module defines and imports, told from its syntax tree; nothing is run.  [pure]"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

LARGEST = 512 << 10
"""Bytes of a module that is parsed; the parser takes some 100 times as much memory."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef

# Names that make anything possible: a module that has one may define or find what it likes.
_MAGIC = {"exec", "eval", "globals", "vars", "locals", "setattr", "__import__", "__getattr__", "__path__"}
_PATHS = {"path", "meta_path", "path_hooks", "modules", "addsitedir", "extend_path"}
_WORTH = re.compile("|".join((r"\bglobal\b", r"\b(?:sys|site|pkgutil)\s*\.", *sorted(_MAGIC))).encode())
_PART = ast.stmt | ast.ExceptHandler


class Import(NamedTuple):
    """One import: the module, with leading dots where it is relative; of `from module import name` the name,
    else an empty one.
    """

    module: str
    name: str
    line: int


@dataclass(slots=True)
class Source:
    """A module. names are those defined at its top, conditionally or not; functions those that are certain:
    defined once, plainly, without decorators. imports are those that always run: no `if`, `try`, `with` or
    loop is around them. open says that names may come from anywhere, searches that it may change where
    modules are looked for, hooks that it does so outside of functions.
    """

    names: dict[str, int] = field(default_factory=dict)
    functions: dict[str, Definition] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    open: bool = False
    searches: bool = False
    hooks: bool = False


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a module cannot be parsed; sure is false where only this Python, or its stack, is too small."""

    message: str
    line: int
    sure: bool


def read_source(data: bytes, version: tuple[int, int]) -> Source | Mistake:
    """A module of a Python version. Versions are told apart as well as `ast.parse` can."""
    running = sys.version_info[:2]
    if len(data) > LARGEST:
        return Mistake("too long to be parsed here", 0, sure=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes and the like
            tree = ast.parse(data, feature_version=min(version, running))
    except SyntaxError as error:
        return Mistake(error.msg or "invalid syntax", error.lineno or 0, sure=running >= version)
    except ValueError as error:  # a NUL, or an unknown encoding
        return Mistake(str(error), 0, sure=True)
    except (RecursionError, MemoryError):
        return Mistake("nested too deeply to be parsed here", 0, sure=False)
    found = Source()
    # Not by recursion: each `elif` stands one level below the `if` before it.
    waiting = [(node, True) for node in reversed(tree.body)]
    while waiting:
        node, certain = waiting.pop()
        _statement(node, found, certain=certain)
        waiting += [(inner, False) for inner in reversed(list(_inner(node)))]
    if _WORTH.search(data):
        _look_for_magic(tree, found)
    return found


def _define(name: str, line: int, found: Source) -> None:
    found.functions.pop(name, None)
    found.names.setdefault(name, line)


def _statement(node: ast.stmt, found: Source, *, certain: bool) -> None:
    """One statement outside of functions and classes; certain where nothing else decides if it runs."""
    if isinstance(node, Definition):
        plain = certain and not node.decorator_list and node.name not in found.names
        _define(node.name, node.lineno, found)
        if plain:
            found.functions[node.name] = node
    elif isinstance(node, ast.ClassDef):
        _define(node.name, node.lineno, found)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        _import(node, found, certain=certain)
    else:
        for name in _targets(node):
            _define(name, node.lineno, found)


def _inner(node: ast.stmt) -> Iterator[ast.stmt]:
    """The statements in a compound one. `with` may suppress errors, so what it holds may not run either."""
    if isinstance(node, Definition | ast.ClassDef):
        return
    for part in ("body", "orelse", "finalbody"):
        yield from getattr(node, part, ())
    for part in ("handlers", "cases"):
        for branch in getattr(node, part, ()):
            yield from branch.body


def _import(node: ast.Import | ast.ImportFrom, found: Source, *, certain: bool) -> None:
    for alias in node.names:
        if alias.name == "*":
            found.open = True
        else:
            name = alias.asname or (
                alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name
            )
            _define(name, node.lineno, found)
    if not certain:
        return
    if isinstance(node, ast.Import):
        found.imports += [Import(alias.name, "", node.lineno) for alias in node.names]
    else:
        base = "." * node.level + (node.module or "")
        found.imports += [
            Import(base, "" if alias.name == "*" else alias.name, node.lineno) for alias in node.names
        ]


def _targets(node: ast.stmt) -> Iterator[str]:
    """Names that a statement binds itself: by `=`, `for`, `with`, `except`, `match`, `:=`, `type`."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        bound: Iterable[ast.AST] = node.targets  # the usual case, and quick
    else:
        bound = ast.iter_child_nodes(node)
    for child in bound:
        if isinstance(child, _PART):
            if isinstance(child, ast.ExceptHandler) and child.name:
                yield child.name
            continue
        for part in ast.walk(child.pattern if isinstance(child, ast.match_case) else child):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id
            elif isinstance(part, ast.MatchAs | ast.MatchStar) and part.name:
                yield part.name
            elif isinstance(part, ast.MatchMapping) and part.rest:
                yield part.rest


def _look_for_magic(tree: ast.Module, found: Source) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            for name in node.names:
                _define(name, node.lineno, found)
        elif (isinstance(node, ast.Name) and node.id in _MAGIC) or (
            isinstance(node, Definition) and node.name in _MAGIC
        ):
            found.open = True
        elif isinstance(node, ast.Attribute) and node.attr in _PATHS and _is_import_machinery(node.value):
            found.open = found.open or node.attr == "modules"
            found.searches = found.searches or node.attr != "modules"
    if found.searches:
        found.hooks = any(_searches(node) for node in _at_import(tree))


def _at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """What runs when a module is imported: all but what is in functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Definition | ast.Lambda):
            yield node
            waiting += ast.iter_child_nodes(node)


def _searches(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in _PATHS - {"modules"}
        and _is_import_machinery(node.value)
    )


def _is_import_machinery(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"sys", "site", "pkgutil"}
