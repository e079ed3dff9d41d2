"""The whole output for pairs as people meet them. ONEZIP_GOLDEN=write writes the files anew."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import deflate
import pytest

from explain.content_cases import BLOB, LINES
from explain.driver import causes, rendered
from explain.packing_cases import TEXT
from explain.python_cases import WHEEL, dist
from explain.zips import FOLDER, RUN, Entry, Files, elf, entries, unix_owner, unix_times, zipped
from onezip.archive.causes.engine import ZLIB

FOLDER_OF_TEXTS = Path(__file__).parent / "golden"

APP: Files = {"app.py": LINES, "bootstrap": Entry(b"#!/bin/sh\nexec true\n", mode=RUN), "lib/words.txt": TEXT}
OURS = {"modified": (1980, 1, 1, 0, 0, 0)}


def ours(files: Files) -> bytes:
    """Packed as onezip does."""
    made = {
        name: replace(entry, packed=bytes(deflate.deflate_compress(entry.data, 6)))
        for name, entry in sorted(entries(files, **OURS).items())
    }
    return zipped(made)


def another_tool() -> tuple[bytes, bytes]:
    """By hand with zip on one machine, with onezip on the other."""
    extra = unix_times(1_700_000_000) + unix_owner(1000, 1000)
    made = entries(
        dict(reversed(list(APP.items()))), version=30, extra=extra, internal=1, local_extra=extra, level=6
    )
    folder = Entry(method=0, mode=FOLDER, dos=0x10, version=30, needed=10, extra=extra, local_extra=extra)
    return zipped({"lib/": folder} | made), ours(APP)


def another_machine() -> tuple[bytes, bytes]:
    """The same tool with another umask, in another zone, from a checkout with CRLF."""
    there = {
        name: replace(entry, mode=entry.mode | 0o020, modified=(2024, 4, 6, 9, 8, 10))
        for name, entry in entries(APP).items()
    }
    there["app.py"] = replace(there["app.py"], data=LINES.replace(b"\n", b"\r\n"))
    return zipped(APP), zipped(there)


def another_lock() -> tuple[bytes, bytes]:
    """Dependencies were resolved anew, and one came as another wheel."""
    native = dist("nat", "2.0", files={"nat/_x.so": elf(code=b"1" * 50)}, record=False)
    rebuilt = WHEEL.format("cp313-cp313-manylinux_2_28_x86_64")
    other = dist("nat", "2.0", files={"nat/_x.so": elf(code=b"2" * 50)}, record=False, wheel=rebuilt)
    extra = dist("extra", files={"extra.py": b"1\n"})
    return ours(dist() | native), ours(dist(version="1.1") | other | extra)


def another_commit() -> tuple[bytes, bytes]:
    """The code was changed."""
    there = dict(APP) | {
        "app.py": LINES.replace(b"two", b"2").replace(b"five", b"6"),
        "data/table.bin": BLOB,
        "build.json": b'{"built": "2025-06-07T08:09:10Z"}',
    }
    here = dict(APP) | {
        "data/table.bin": BLOB[:-1] + b"!",
        "build.json": b'{"built": "2024-05-06T07:08:09Z"}',
    }
    here |= {f"assets/{number}.svg": b"<svg>%d</svg>\n" % number for number in range(40)}
    there |= {f"assets/{number}.svg": b"<svg>%d </svg>\n" % number for number in range(39)}
    return ours(here), ours(there)


PAIRS: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "another_tool": another_tool,
    "another_machine": another_machine,
    "another_lock": another_lock,
    "another_commit": another_commit,
}


@pytest.mark.skipif(ZLIB != "zlib", reason=f"this Python has {zlib.ZLIB_RUNTIME_VERSION}, not zlib itself")
@pytest.mark.parametrize("name", PAIRS)
def test_golden(name: str, tmp_path: Path) -> None:
    text = rendered(causes(tmp_path, *PAIRS[name]()))
    path = FOLDER_OF_TEXTS / f"{name}.txt"
    if os.environ.get("ONEZIP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
