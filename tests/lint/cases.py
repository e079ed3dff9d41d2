"""For every rule a zip that shows it and one that does not."""

from __future__ import annotations

import marshal
import struct
from collections.abc import Callable
from datetime import date
from pathlib import Path

from archive.hostile import File as Raw
from archive.hostile import build, streamed
from archive.hostile_cases import HOSTILE
from lint.elves import AARCH64, DYN, LOADER, MUSL, elf, library
from lint.made import AL2, ARM, HANDLER, PYTHON311, File, look, program, provided, python
from onezip.archive.anomalies import ANOMALIES
from onezip.archive.lint import Report
from onezip.limits import RUNTIMES
from onezip.model.function import Handler

Case = Callable[[Path], Report]

STATIC = program(elf())
MACH_O = b"\xcf\xfa\xed\xfe" + bytes(60)
PE = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + bytes(20)
SO = "native.cpython-313-x86_64-linux-gnu.so"

# The parts stand apart, so that no scanner takes this file for one with secrets.
KEY_ID = "AKIA" + "Q3EGVZ7XJW5TNRMD"
TOKEN = "ghp_" + "x7Kq2VbN9sLw4TzR8mYc1HdJ6pGfE3aUo5iB"
PEM = "-----BEGIN PRIVATE KEY-----\n" + "MC4CAQAwBQYDK2VwBCIEIFZx8Qh3v1kPz7Rt0uWb5YcN2mJd9LsKaGe4ToXi6nBA\n"
PEM += "-----END PRIVATE KEY-----\n"


def pyc(source: bytes, *, magic: int = 3571, time: int = 1_760_000_000, flags: int = 0) -> bytes:
    """Bytecode after PEP 552; 3571 is Python 3.13's."""
    head = struct.pack("<H2sI", magic, b"\r\n", flags)
    return head + struct.pack("<II", time, len(source)) + marshal.dumps(0)


def _raw(path: Path, data: bytes, *, unpack: bool = True) -> Report:
    path.write_bytes(data)
    return look(path, unpack=unpack)


def _wheel(*tags: str) -> bytes:
    return b"Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags).encode()


CASES: dict[str, tuple[Case, Case]] = {
    "check.bootstrap-missing": (
        lambda path: provided(path, {"function/bootstrap": STATIC}),
        lambda path: provided(path, {"bootstrap": STATIC}),
    ),
    "check.bootstrap-mode": (
        lambda path: provided(path, {"bootstrap": elf()}),
        lambda path: provided(path, {"bootstrap": STATIC}),
    ),
    "check.bootstrap-format": (
        lambda path: provided(path, {"bootstrap": program(MACH_O)}),
        lambda path: provided(path, {"bootstrap": STATIC}),
    ),
    "check.bootstrap-architecture": (
        lambda path: provided(path, {"bootstrap": program(elf(AARCH64))}),
        lambda path: provided(path, {"bootstrap": program(elf(AARCH64))}, architecture=ARM),
    ),
    "check.bootstrap-loader": (
        lambda path: provided(path, {"bootstrap": program(elf(interpreter=MUSL))}),
        lambda path: provided(path, {"bootstrap": program(elf(interpreter=LOADER))}),
    ),
    "check.bootstrap-script": (
        lambda path: provided(path, {"bootstrap": program(b"#!/bin/sh\r\ntrue\r\n")}),
        lambda path: provided(path, {"bootstrap": program(b"#!/bin/sh\ntrue\n")}),
    ),
    "check.native-architecture": (
        lambda path: python(path, {"pkg/_x.abi3.so": library(machine=AARCH64)}),
        lambda path: python(path, {"pkg/_x.abi3.so": library()}),
    ),
    "check.glibc": (
        lambda path: python(path, {SO: library(glibc="2.38")}),
        lambda path: python(path, {SO: library(glibc="2.34")}),
    ),
    "check.libstdcxx": (
        lambda path: python(path, {SO: elf(kind=DYN, versions={"libstdc++.so.6": ["GLIBCXX_3.4.34"]})}),
        lambda path: python(path, {SO: elf(kind=DYN, versions={"libstdc++.so.6": ["GLIBCXX_3.4.33"]})}),
    ),
    "check.library-missing": (
        lambda path: python(path, {SO: library("libGL.so.1")}),
        lambda path: python(path, {SO: library("libGL.so.1"), "x.libs/libGL.so.1": library()}),
    ),
    "check.musl": (
        lambda path: python(path, {SO: library("libc.musl-x86_64.so.1")}),
        lambda path: python(path, {SO: library()}),
    ),
    "check.host-format": (
        lambda path: python(path, {"pkg/_x.pyd": PE}),
        lambda path: python(path, {"pkg/_x.bin": b"MZ is how this text starts\n"}),
    ),
    "check.handler-name": (
        lambda path: python(path, {}, handler=Handler("handler")),
        lambda path: python(path, {}),
    ),
    "check.handler-missing": (
        lambda path: python(path, {"src/main.py": HANDLER}, handler=Handler("main.handler")),
        lambda path: python(path, {"src/main.py": HANDLER}, handler=Handler("src.main.handler")),
    ),
    "check.handler-function": (
        lambda path: python(path, {}, handler=Handler("app.main")),
        lambda path: python(path, {"app.py": b"from x import *\n"}, handler=Handler("app.main")),
    ),
    "check.handler-signature": (
        lambda path: python(path, {"app.py": b"def handler(event): ...\n"}),
        lambda path: python(path, {"app.py": b"def handler(event, context, more=None): ...\n"}),
    ),
    "check.python-syntax": (
        lambda path: python(path, {"app.py": b"def handler(event, context)\n"}, runtime=PYTHON311),
        lambda path: python(path, {}, runtime=PYTHON311),
    ),
    "check.python-import": (
        lambda path: python(path, {"app.py": b"import requests\n" + HANDLER}),
        lambda path: python(path, {"app.py": b"import json, boto3\n" + HANDLER}),
    ),
    "check.wheel": (
        lambda path: python(path, {"x-1.dist-info/WHEEL": _wheel("cp313-cp313-macosx_11_0_arm64")}),
        lambda path: python(path, {"x-1.dist-info/WHEEL": _wheel("cp313-cp313-manylinux_2_28_x86_64")}),
    ),
    "check.metadata": (
        lambda path: python(path, {"x-1.dist-info/WHEEL": _wheel("py3-none-any")}),
        lambda path: python(path, {"x-1.dist-info/METADATA": b"Name: x\n"}),
    ),
    "check.extension": (
        lambda path: python(path, {"native.cpython-312-x86_64-linux-gnu.so": library()}),
        lambda path: python(path, {SO: library(), "native.cpython-312-x86_64-linux-gnu.so": library()}),
    ),
    "check.pyc-foreign": (
        lambda path: python(path, {"__pycache__/app.cpython-312.pyc": pyc(HANDLER, magic=3531)}),
        lambda path: python(path, {"__pycache__/app.cpython-313.pyc": pyc(HANDLER, flags=1)}),
    ),
    "check.pyc-stale": (
        lambda path: python(path, {"__pycache__/app.cpython-313.pyc": pyc(HANDLER)}),
        lambda path: python(path, {"__pycache__/app.cpython-313.pyc": pyc(HANDLER, flags=1)}),
    ),
    "check.zip-unread": (
        lambda path: _raw(path, build([Raw(b"a.py", HANDLER, packed=b"\xff")]), unpack=False),
        lambda path: _raw(path, build([Raw(b"a.py", HANDLER, packed=b"\xff")])),  # the reader tells it
    ),
    "check.zip-made-by": (
        lambda path: python(path, {"x.txt": File(b"x", version=45)}),
        lambda path: python(path, {"x.txt": File(b"x", version=63)}),
    ),
    "check.zip-descriptors": (
        lambda path: _raw(path, build([streamed(Raw(b"app.py", b"x = 1\n"))])),
        lambda path: _raw(path, build([Raw(b"app.py", b"x = 1\n")])),
    ),
    "check.mode-unreadable": (
        lambda path: python(path, {"app.py": File(HANDLER, 0o100600)}),
        lambda path: python(path, {"app.py": File(HANDLER, 0, host=0)}),
    ),
    "check.mode-unusual": (
        lambda path: python(path, {"app.py": File(HANDLER, 0o100664)}),
        lambda path: python(path, {"app.py": program(HANDLER)}),
    ),
    "check.kind": (
        lambda path: python(path, {"pipe": File(mode=0o010644)}),
        lambda path: python(path, {"pipe": File(mode=0o100644)}),
    ),
    "check.link": (
        lambda path: python(path, {"lib/x.so": File(b"x.so.1", 0o120777), "lib/x.so.1": b""}),
        lambda path: python(path, {"lib/x.so": b"x.so.1", "lib/x.so.1": b""}),
    ),
    "check.name-long": (
        lambda path: python(path, {"x" * 256: b""}),
        lambda path: python(path, {"x" * 255: b""}),
    ),
    "check.size-unzipped": (
        lambda path: python(path, {"zeros": bytes(1 << 20)}, layers=250 << 20),
        lambda path: python(path, {"zeros": bytes(1 << 20)}, layers=248 << 20),
    ),
    "check.size-direct": (
        lambda path: _large(path, (50 << 20) + 1),
        lambda path: _large(path, 50 << 20),
    ),
    "check.size-inline": (
        lambda path: python(path, {"app.py": HANDLER + b"# a long comment\n" * (1 << 18)}),
        lambda path: python(path, {"app.py": HANDLER + b"# a long comment\n" * (1 << 18), "b.py": b""}),
    ),
    "check.size-budget": (
        lambda path: python(path, {}, budget=100),
        lambda path: python(path, {}, budget=1000),
    ),
    "check.size-grown": (
        lambda path: python(path, {"new/data": bytes(1 << 17)}, sizes={"app.py": len(HANDLER)}),
        lambda path: python(path, {"new/data": bytes(1 << 17)}, sizes={"app.py": 1 << 17}),
    ),
    "check.secret": (
        lambda path: python(path, {"settings.py": f"TOKEN = '{TOKEN}'\n".encode()}),
        lambda path: python(path, {"settings.py": b"TOKEN = 'ghp_" + b"x" * 36 + b"'\n"}),
    ),
    "check.secret-file": (
        lambda path: python(path, {".env": b"API_KEY=v3ry\n"}),
        lambda path: python(path, {".env.example": b"API_KEY=v3ry\n"}),
    ),
    "check.vcs": (
        lambda path: python(path, {".git/HEAD": b"ref: refs/heads/main\n"}),
        lambda path: python(path, {".gitignore": b"*.pyc\n"}),
    ),
    "check.cache": (
        lambda path: python(path, {".mypy_cache/3.13/x.json": b"{}"}),
        lambda path: python(path, {"mypy_cache/x.json": b"{}"}),
    ),
    "check.editor": (
        lambda path: python(path, {"pkg/.DS_Store": b""}),
        lambda path: python(path, {"pkg/DS_Store": b""}),
    ),
    "check.tests": (
        lambda path: python(path, {"tests/test_app.py": b""}),
        lambda path: python(path, {"testimony.py": b""}),
    ),
    "check.node-modules": (
        lambda path: python(path, {"node_modules/x/index.js": b""}),
        lambda path: provided(path, {"bootstrap": program(b"#!/bin/sh\n"), "node_modules/x/index.js": b""}),
    ),
    "check.not-normalised": (
        lambda path: python(path, {"x-1.dist-info/RECORD": b""}),
        lambda path: python(path, {"x-1.dist-info/entry_points.txt": b"", "RECORD": b""}),
    ),
    "check.windows-script": (
        lambda path: python(path, {"run.bat": b"@echo off\r\n"}),
        lambda path: python(path, {"run.sh": b"#!/bin/sh\n"}),
    ),
    "check.archive": (
        lambda path: python(path, {"function.zip": b"PK\x05\x06" + bytes(18)}),
        lambda path: python(path, {"data/function.zip": b"PK\x05\x06" + bytes(18)}),
    ),
    "check.runtime-deprecated": (
        lambda path: provided(path, {"bootstrap": STATIC}, runtime=AL2),
        lambda path: provided(path, {"bootstrap": STATIC}, runtime=AL2, today=date(2026, 7, 30)),
    ),
    "check.runtime-unknown": (
        lambda path: python(path, {}, runtime=None),
        lambda path: python(path, {}),
    ),
    "check.runtime-architecture": (
        lambda path: provided(path, {}, runtime=RUNTIMES["provided"], architecture=ARM),
        lambda path: provided(path, {}, runtime=RUNTIMES["provided"]),
    ),
    "check.ignore": (
        lambda path: python(path, {}, ignore={"check.vcs": "we like it"}),
        lambda path: python(path, {".git/HEAD": b""}, ignore={"check.vcs": "we like it"}),
    ),
}


def _large(path: Path, size: int) -> Report:
    empty = len(build([Raw(b"zeros", b"", method=0)]))
    return _raw(path, build([Raw(b"zeros", bytes(size - empty), method=0)]))


def _hostile(code: str) -> Case:
    """The first hostile zip that shows an anomaly and little else."""
    fitting = sorted((len(found), name) for name, (found, _) in HOSTILE.items() if code in found)
    _, make = HOSTILE[fitting[0][1]]
    return lambda path: _raw(path, make())


for anomaly in ANOMALIES:
    CASES[f"check.{anomaly.replace('.', '-', 1)}"] = (
        _hostile(anomaly),
        lambda path: _raw(path, build([Raw(b"app.py", HANDLER), Raw(b"lib/x.py", b"x = 1\n")])),
    )
