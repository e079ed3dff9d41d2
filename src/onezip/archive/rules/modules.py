"""Where Python finds a module: in the zip, in its own library, or in what Lambda's runtime brings.  [pure]"""

from __future__ import annotations

import re
from collections.abc import Collection

from onezip.archive.rules.source import LARGEST, Mistake, Source, read_source
from onezip.archive.rules.stdlib import library
from onezip.archive.rules.subject import Subject

MODULE = re.compile(r"(?P<stem>.+?)(?:/__init__)?(?:\.py|\.pyc|\.(?:cpython-[^./]+|abi3)\.so|(?<!\.so)\.so)$")
"""A file that could be a module, and the path that it is imported by."""

EXTENSION = re.compile(r"(?P<stem>.+?)\.(?P<tag>cpython-[^.]+|cp\d[^.]*|pypy[^.]+|abi3t?)\.(?:so|pyd)$")
"""An extension module whose name says what it is for."""

_TRIPLET = re.compile(r"cpython-(?P<version>\d+t?)(?:-(?P<system>.+))?$")

_RUNTIME = frozenset({
    "awslambdaric", "boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3", "simplejson",
    "snapshot_restore_py", "pip", "bootstrap", "lambda_runtime_client", "lambda_runtime_exception",
    "lambda_runtime_marshaller", "runtime_client",
})  # fmt: skip
"""What Lambda's Python runtimes bring (Developer Guide, "Building Lambda functions with Python": the SDK)."""

_WITH_SETUPTOOLS = frozenset({"setuptools", "pkg_resources", "wheel", "_distutils_hack"})

_UNJUDGED = frozenset(
    {"__hello__", "__main__", "_ctypes_test", "_crypt", "_dbm", "_gdbm", "antigravity", "test", "this"}
)
"""In Python's library as it is built in one place and not in another; nothing is said of them."""

BUILTIN = frozenset({
    "_abc", "_ast", "_codecs", "_collections", "_functools", "_imp", "_io", "_locale", "_operator", "_signal",
    "_sre", "_stat", "_string", "_symtable", "_thread", "_tracemalloc", "_warnings", "_weakref", "atexit",
    "builtins", "errno", "faulthandler", "gc", "itertools", "marshal", "posix", "pwd", "sys", "time",
    "xxsubtype",
})  # fmt: skip
"""Modules that are compiled into every CPython of the runtimes: a file of that name is never imported."""


def asked(subject: Subject) -> bool:
    """Whether the zip is that of a Python function."""
    return subject.runtime is not None and subject.runtime.python is not None and not subject.layer


def handler_module(subject: Subject) -> str:
    """The module of the handler, dots as slashes; nothing where there is no Python function to judge."""
    return subject.handler.module if asked(subject) and subject.handler else ""


def file_of(subject: Subject, module: str) -> str:
    """The file of a module in the zip or its own layer, as Python's finder chooses it; nothing where there is
    none.
    """
    version = subject.runtime.python if subject.runtime else None
    if version is None or not module:
        return ""
    machine = subject.architecture.machine if subject.architecture else "x86_64"
    return find(module, subject.importable.files, extension_tag(version, machine))


def parsed(subject: Subject, file: str) -> Source | Mistake | None:
    """A module, parsed once; None where it cannot be read."""
    version = subject.runtime.python if subject.runtime else None
    if version is None:
        return None
    if file not in subject.sources:
        data = subject.importable.read(file, LARGEST + 1)
        subject.sources[file] = None if data is None else read_source(data, version)
    return subject.sources[file]


def find(module: str, files: Collection[str], tag: str) -> str:
    """The file of a module, dots as slashes, as Python's finder chooses it (importlib.machinery); or nothing.

    tag is that of extension modules: `cpython-313-x86_64-linux-gnu`.
    """
    endings = (f".{tag}.so", ".abi3.so", ".so", ".py", ".pyc")
    for base in (f"{module}/__init__", module):
        for ending in endings:
            if f"{base}{ending}" in files:
                return f"{base}{ending}"
    return ""


def brought(top: str, version: tuple[int, int]) -> bool:
    """Whether a top-level module is in Python's library or in Lambda's runtime."""
    if top in _RUNTIME or (top in _WITH_SETUPTOOLS and version < (3, 12)):
        return True
    return top in library(version) or top in BUILTIN or top in _UNJUDGED


def loads(tag: str, python: tuple[int, int], machine: str) -> bool:
    """Whether a Python loads extension modules of a tag (PEP 3149); machine is empty where nobody knows."""
    if tag == "abi3":
        return True
    match = _TRIPLET.match(tag)
    if match is None or match["version"] != f"{python[0]}{python[1]}":
        return False
    system = match["system"]
    return system is None or (system == f"{machine}-linux-gnu" if machine else system.endswith("-linux-gnu"))


def extension_tag(version: tuple[int, int], machine: str) -> str:
    """The tag in the names of extension modules (PEP 3149)."""
    return f"cpython-{version[0]}{version[1]}-{machine}-linux-gnu"
