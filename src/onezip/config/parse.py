"""A table, from whatever file -> Project. Pure: what lies on the disk is asked through `is_file`.

Every mistake is found in one pass and reported together, each with the key it stands at; `locate` turns
the key into a line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from onezip import limits
from onezip.config.check import Mistakes, Path, Table, check, nearest
from onezip.config.parse_deploy import deploy, staged
from onezip.model.function import (
    Architecture,
    CommandSettings,
    Compression,
    Function,
    GoSettings,
    Handler,
    Language,
    Limits,
    Patterns,
    PythonSettings,
    Runtime,
)
from onezip.model.layer import SUFFIX
from onezip.model.place import Place
from onezip.model.project import Origin, Project

if TYPE_CHECKING:
    from onezip.model.front import Front

_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.FUNCTION_NAME}}}")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_PACKAGES = re.compile(r"\w[\w-]*(\.\w[\w-]*)*")


def parse(
    table: Table,
    *,
    root: str,
    file: str,
    origin: Origin,
    prefix: Path = (),
    place: Callable[[Path], Place],
    is_file: Callable[[str], bool],
    stage: str | None = None,
) -> Project:
    """The project that a table describes. prefix is the path of the table in its file (`tool`, `onezip`).

    stage names the table of `stages` that is laid over the functions.

    Raises ProjectError with every mistake in it.
    """
    mistakes = Mistakes(lambda path: place(prefix + path))
    check(table, "project", (), mistakes)
    mistakes.stop()
    defaults = table.get("defaults", {})
    over = staged(table, stage, mistakes)
    functions: dict[str, Function] = {}
    for name, own in table.get("functions", {}).items():
        path = ("functions", name)
        if not _NAME.fullmatch(name):
            mistakes.add(
                "project.value",
                path,
                f"function name {name!r}: letters, digits, - and _, at most {limits.FUNCTION_NAME}",
            )
            continue
        merged = _merge(defaults, own)
        if "go" in table:
            merged["go"] = {"version": table["go"], **merged.get("go", {})}
        for layer in over(name):
            merged = _merge(merged, layer)
        function = _function(name, merged, path, mistakes, is_file)
        if function is not None:
            functions[name] = function
    _check_layers(functions, mistakes)
    if not functions and not mistakes.found:
        mistakes.add(
            "project.required",
            (),
            f"{file} describes no function",
            'add [functions.NAME] with source = "FOLDER" and runtime = "provided.al2023" or "python3.13"',
        )
    mistakes.stop()
    return Project(root, origin, file, functions, table.get("stages", {}))


def _merge(base: Table, over: Table) -> dict[str, Any]:
    """Lay one table over another: tables are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _words(value: str | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _function(
    name: str, table: Table, path: Path, mistakes: Mistakes, is_file: Callable[[str], bool]
) -> Function | None:
    """One function from its merged table, or None with the mistakes noted."""
    before = len(mistakes.found)
    source = table.get("source")
    if source is None:
        mistakes.add(
            "project.required",
            path,
            f"functions.{name} has no source",
            'add source = "FOLDER", relative to the project file',
        )
        return None
    source = _relative(source, (*path, "source"), mistakes)
    for key in table.get("files", {}):
        _relative(key, (*path, "files"), mistakes)
    language = _language(table, is_file(source))
    runtime = _runtime(table, language, path, mistakes)
    command = _command(table, language, path, mistakes)
    handler = _handler(table, language, path, mistakes)
    _check_environment(table.get("environment", {}), path, mistakes)
    if runtime is not None:
        architecture = Architecture(table.get("architecture", "x86_64"))
        if architecture not in runtime.architectures:
            mistakes.add(
                "project.value", (*path, "architecture"), f"{runtime.id} does not run on {architecture}"
            )
    placed = deploy(table, path, mistakes)
    http = _fronts(table, path, mistakes)
    python = _python(table.get("python", {}), (*path, "python"), mistakes)
    if len(mistakes.found) > before or runtime is None:
        return None
    return Function(
        name=name,
        language=language,
        source=source,
        runtime=runtime,
        handler=Handler(handler),
        architecture=architecture,
        limits=Limits(table.get("memory", 128), table.get("timeout", 3), table.get("tmp", 512)),
        environment=dict(table.get("environment", {})),
        patterns=Patterns(_words(table.get("include")), _words(table.get("exclude"))),
        files=dict(table.get("files", {})),
        compression=Compression(table.get("compression", "default")),
        pass_env=_words(table.get("pass_env")),
        description=table.get("description", ""),
        budget=table.get("budget"),
        ignore=dict(table.get("ignore", {})),
        go=_go(table.get("go", {})),
        python=python,
        command=command,
        layer=table.get("layer", False),
        layers=_words(table.get("layers")),
        fronts=http,
        deploy=placed,
        place=mistakes.place(path),
    )


def _check_layers(functions: Mapping[str, Function], mistakes: Mistakes) -> None:
    """A layer of its own is for a function with Python dependencies, and its name must be free."""
    for name, function in functions.items():
        here = ("functions", name, "layer")
        if not function.layer:
            continue
        if function.language is not Language.PYTHON:
            mistakes.add(
                "project.value",
                here,
                f"functions.{name}: layer splits off Python dependencies, and a {function.language} function"
                " has none",
                "remove layer, or write layer = false where [defaults] has it",
            )
        if f"{name}{SUFFIX}" in functions:
            mistakes.add(
                "project.value",
                here,
                f"functions.{name}: its layer would be called {name}{SUFFIX}, as another function is",
                "call that function otherwise",
            )
        if len(function.layers) >= limits.LAYERS:
            mistakes.add(
                "project.value",
                here,
                f"functions.{name}: {len(function.layers)} layers and one of its own;"
                f" Lambda allows {limits.LAYERS}",
                "remove one of layers, or layer",
            )


def _fronts(table: Table, path: Path, mistakes: Mistakes) -> tuple[Front, ...]:
    if "http" not in table:
        return ()
    from onezip.config.parse_front import fronts

    return fronts(table, path, mistakes)


def _relative(text: str, path: Path, mistakes: Mistakes) -> str:
    """A path of the project file: relative, with forward slashes; `..` may leave the folder."""
    if not text or "\\" in text or text.startswith(("/", "~")) or re.match(r"[A-Za-z]:", text):
        mistakes.add(
            "project.value",
            path,
            f"{'.'.join(path)}: {text!r} is not a path that every machine has",
            "write it relative to the project file, with forward slashes",
        )
    return text.rstrip("/") or "."


def _language(table: Table, source_is_file: bool) -> Language:
    if "language" in table:
        return Language(table["language"])
    if "command" in table:
        return Language.COMMAND
    if table.get("runtime", "").startswith("python") or ("python" in table and "runtime" not in table):
        return Language.PYTHON
    if source_is_file:
        return Language.PREBUILT
    if "runtime" not in table and "." in table.get("handler", ""):
        return Language.PYTHON
    return Language.GO


def _runtime(table: Table, language: Language, path: Path, mistakes: Mistakes) -> Runtime | None:
    default = limits.NEWEST_PYTHON if language is Language.PYTHON else limits.GO_RUNTIME
    name = table.get("runtime", default)
    runtime = limits.RUNTIMES.get(name)
    here = (*path, "runtime")
    if runtime is None:
        current = [
            known
            for known, each in limits.RUNTIMES.items()
            if not each.preview and not (each.deprecated and each.deprecated < limits.AS_OF)
        ]
        hint = nearest(name, current) or f"known: {', '.join(limits.RUNTIMES)}"
        mistakes.add("runtime.unknown", here, f"unknown runtime {name!r}", hint)
    elif runtime.os_only and language is Language.PYTHON:
        mistakes.add("project.value", here, f"a Python function does not run on {name}", f"write {default!r}")
    elif not runtime.os_only and language in {Language.GO, Language.PREBUILT}:
        mistakes.add(
            "project.value", here, f"a {language} function does not run on {name}", f"write {default!r}"
        )
    elif name == "go1.x":
        mistakes.add(
            "project.value",
            here,
            "AWS closed go1.x: the program must be called bootstrap and run on an OS-only runtime",
            'write runtime = "provided.al2023"',
        )
    else:
        return runtime
    return None


def _handler(table: Table, language: Language, path: Path, mistakes: Mistakes) -> str:
    here = (*path, "handler")
    python = language is Language.PYTHON or (
        language is Language.COMMAND and table.get("runtime", "").startswith("python")
    )
    handler: str = table.get("handler", "" if python else "bootstrap")
    if not handler:
        mistakes.add(
            "project.required",
            path,
            f"functions.{path[1]} has no handler",
            'add handler = "MODULE.FUNCTION", such as "app.handler"',
        )
    elif len(handler) > limits.HANDLER or re.search(r"\s", handler):
        mistakes.add(
            "project.value", here, f"handler {handler!r}: at most {limits.HANDLER} characters, no blanks"
        )
    elif language is Language.PYTHON and not re.fullmatch(r"[\w./-]*\w\.\w+", handler):
        mistakes.add(
            "project.value", here, f"handler {handler!r} names no function", 'write "MODULE.FUNCTION"'
        )
    return handler


def _check_environment(variables: Mapping[str, str], path: Path, mistakes: Mistakes) -> None:
    for name in variables:
        here = (*path, "environment", name)
        if name in limits.RESERVED_VARIABLES:
            mistakes.add("project.value", here, f"Lambda reserves the variable {name}", "choose another name")
        elif not _VARIABLE.fullmatch(name):
            mistakes.add(
                "project.value",
                here,
                f"variable {name!r}: a letter first, then letters, digits and _, two or more in all",
            )
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > limits.ENVIRONMENT:
        mistakes.add(
            "project.value",
            (*path, "environment"),
            f"the environment is {size} bytes; Lambda allows {limits.ENVIRONMENT}",
        )


def _command(table: Table, language: Language, path: Path, mistakes: Mistakes) -> CommandSettings | None:
    """A build of the user's own; everything it needs must be said, for nothing can be guessed."""
    here = (*path, "command")
    own: Table | None = table.get("command")
    if language is not Language.COMMAND:
        if own is not None:
            mistakes.add(
                "project.value", here, f"{language} builds without a command", 'write language = "command"'
            )
        return None
    own = own or {}
    run = own.get("run", [])
    if isinstance(run, str):
        try:
            run = shlex.split(run)
        except ValueError as error:
            mistakes.add("project.value", (*here, "run"), f"{'.'.join(here)}.run: {str(error).lower()}")
    inputs, output = _words(own.get("inputs")), own.get("output", "")
    for key, value, example in (
        ("run", run, 'run = ["cargo", "lambda", "build", "--release"]'),
        ("inputs", inputs, 'inputs = ["Cargo.*", "src/**"]'),
        ("output", output, 'output = "target/lambda/hello"'),
    ):
        if not value:
            mistakes.add("project.required", here, f"{'.'.join(here)} has no {key}", f"add {example}")
    if output:
        output = _relative(output, (*here, "output"), mistakes)
        if output == ".":
            mistakes.add(
                "project.value", (*here, "output"), "the output must not be the source folder itself"
            )
    return CommandSettings(tuple(run), inputs, output)


def _go(table: Table) -> GoSettings:
    return GoSettings(
        package=table.get("package", "."),
        version=table.get("version"),
        tags=_words(table.get("tags")),
        ldflags=_words(table.get("ldflags")),
        gcflags=_words(table.get("gcflags")),
        cgo=table.get("cgo", False),
    )


def _python(table: Table, path: Path, mistakes: Mistakes) -> PythonSettings:
    packages = table.get("parent_packages", "")
    if packages and not _PACKAGES.fullmatch(packages):
        mistakes.add(
            "project.value",
            (*path, "parent_packages"),
            f"{'.'.join(path)}.parent_packages: {packages!r} are not names with dots between them",
            'write parent_packages = "shop.orders"',
        )
    return PythonSettings(
        requirements=table.get("requirements"),
        constraints=_words(table.get("constraints")),
        extras=_words(table.get("extras")),
        groups=_words(table.get("groups")),
        allow_sdist=_words(table.get("allow_sdist")),
        parent_packages=packages,
    )
