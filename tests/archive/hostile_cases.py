"""Zips without an anomaly, and one for each way to be wrong, by what is special about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from archive.hostile import (
    FILE,
    FOLDER,
    ZEROS,
    Fields,
    File,
    Value,
    bomb,
    build,
    descriptor,
    streamed,
    unicode_path,
    zip64_field,
)

A = File(b"bootstrap", b"#!/bin/sh\necho hello, hello, hello\n", mode=0o100755)
B = File(b"lib/data.txt", b"some data that is stored", method=0)
EMPTY = File(b"empty", method=0)
LARGE64 = 0xFFFFFFFF
_LIES: tuple[tuple[str, Value], ...] = (
    ("needed", 21), ("flags", 2), ("method", 0), ("time", 1), ("date", 34), ("crc", 1), ("packed", 3),
    ("size", 3), ("name", b"Bootstrap"),
)  # fmt: skip


def _both(fields: Fields) -> File:
    return replace(A, local=fields, central=fields)


def _sound() -> dict[str, Callable[[], bytes]]:
    other = File(b"h\xc3\xa9llo", b"x", flags=1 << 11)
    return {
        "plain": partial(build, [A, B, EMPTY]),
        "no entries": partial(build, []),
        "folders": partial(build, [File(b"lib/", method=0, mode=FOLDER), B]),
        "folder without mode": partial(build, [File(b"lib/", method=0, mode=0)]),
        "folder deflated": partial(build, [File(b"lib/", mode=FOLDER)]),
        "utf-8": partial(build, [other]),
        "unicode path agrees": partial(build, [replace(A, extra=unicode_path(A.name, A.name))]),
        "extra fields": partial(build, [replace(A, extra=b"UT\x01\0x", local_extra=b"ux\x02\0ab")]),
        "entry comment": partial(build, [replace(A, comment=b"note")]),
        "descriptors": partial(build, [streamed(A), streamed(B), streamed(EMPTY)]),
        "descriptors unsigned": partial(build, [streamed(A, signature=b""), streamed(EMPTY, signature=b"")]),
        "size known when streamed": partial(build, [replace(streamed(A), local={"crc": 0, "packed": 0})]),
        "no extra room": partial(build, [File(b"x", b"y" * 300)]),
        "zip in zip": partial(build, [File(b"inner.zip", build([A, B]), method=0)]),
        "similar names": partial(build, [File(b"a"), File(b"a.b"), File(b"a-b/c"), File(b"ab/a")]),
        "windows host": partial(build, [replace(A, mode=0, central={"made_by": 20})]),
        "impossible date": partial(build, [replace(A, local={"date": 0}, central={"date": 0})]),
        "ratio of one small file": partial(build, [File(b"zeros", bytes(ZEROS))]),
    }


SOUND = _sound()
"""Zips without an anomaly."""


def _hostile() -> dict[str, tuple[set[str], Callable[[], bytes]]]:
    size, packed = len(A.data), len(A.stream())
    inner = build([File(b"evil", b"evil")])
    whole = build([A, B])
    needs45 = {"needed": 45}
    sizes64 = {"packed": LARGE64, "size": LARGE64} | needs45
    return {
        # the end
        "two end records": (
            {"zip.ambiguous-end", "zip.prefix"}, partial(build, [A], comment=build([B])),
        ),
        "an end record in the comment": (
            {"zip.ambiguous-end", "zip.trailing"}, partial(build, [A], comment=inner + b"?"),
        ),
        "a broken end record behind": (
            {"zip.ambiguous-end", "zip.trailing"}, partial(build, [A], trailing=b"PK\5\6" + b"\xff" * 18),
        ),
        "two directories": (
            {"zip.ambiguous-end", "zip.prefix", "zip.signature"},
            partial(build, [A], shifted=inner, end={"offset": inner.find(b"PK\x01\x02")}),
        ),
        "counts more": ({"zip.count"}, partial(build, [A, B], end={"here": 3, "count": 3})),
        "counts less": ({"zip.count"}, partial(build, [A, B], end={"here": 1, "count": 1})),
        "counts none": ({"zip.count"}, partial(build, [A, B], end={"here": 0, "count": 0})),
        "counts fewer here": ({"zip.count"}, partial(build, [A, B], end={"here": 1})),
        "digital signature": (
            {"zip.directory"}, partial(build, [A], after_directory=b"PK\x05\x05\x02\0ab", end={"size": 63}),
        ),
        "directory size lies": ({"zip.directory"}, partial(build, [A], end={"size": 3})),
        "end on disk 1": ({"zip.disk"}, partial(build, [A], end={"disk": 1})),
        "entry on disk 7": ({"zip.disk"}, partial(build, [replace(A, central={"disk": 7})])),
        "two disks": ({"zip.disk", "zip.zip64-needless"}, partial(build, [A], end64={"disks": 2})),
        "comment cut off": ({"zip.truncated"}, partial(build, [A], end={"comment_length": 5})),
        "front cut off": ({"zip.truncated", "zip.prefix", "zip.signature"}, partial(bytes, whole[10:])),
        "comment": ({"zip.trailing"}, partial(build, [A], comment=b"made by hand")),
        "trailing": ({"zip.trailing"}, partial(build, [A], trailing=b"\0\0")),
        # zip64
        "zip64 end": ({"zip.zip64-needless"}, partial(build, [A], end64={})),
        "zip64 end and front": (
            {"zip.zip64-needless", "zip.prefix"}, partial(build, [A], end64={}, shifted=b"#!/bin/sh\n"),
        ),
        "zip64 end of other numbers": (
            {"zip.zip64-needless", "zip.zip64-malformed", "zip.count"},
            partial(build, [A], end64={"here": 2, "count": 2}),
        ),
        "zip64 end with more": (
            {"zip.zip64-needless"}, partial(build, [A], end64={"more64": b"\x07\0\0\0\0\0"}),
        ),
        "zip64 end of a wrong length": (
            {"zip.zip64-needless", "zip.zip64-malformed"}, partial(build, [A], end64={"length64": 45}),
        ),
        "zip64 end of an old version": (
            {"zip.zip64-needless", "zip.zip64-malformed"}, partial(build, [A], end64={"needed64": 20}),
        ),
        "zip64 end missing": (
            {"zip.zip64-malformed", "zip.directory"}, partial(build, [A], end64={"signature64": b"PK\0\0"}),
        ),
        "zip64 locator that points elsewhere": (
            {"zip.zip64-needless", "zip.zip64-malformed"}, partial(build, [A], end64={"locator": 3}),
        ),
        "zip64 entry": (
            {"zip.zip64-needless"},
            partial(build, [
                replace(A, local=sizes64, local_extra=zip64_field(size, packed), central=sizes64,
                        extra=zip64_field(size, packed)),
            ]),
        ),
        "zip64 entry streamed": (
            {"zip.zip64-needless"},
            partial(build, [
                replace(streamed(A, width="Q"), local={"crc": 0} | sizes64, local_extra=zip64_field(0, 0),
                        central=needs45),
            ]),
        ),
        "zip64 entry streamed and empty": (
            {"zip.zip64-needless"},
            partial(build, [
                replace(streamed(EMPTY, width="Q"), local={"crc": 0} | sizes64, local_extra=zip64_field(0, 0),
                        central=needs45),
            ]),
        ),
        "zip64 version only": ({"zip.zip64-needless"}, partial(build, [_both(needs45)])),
        "zip64 field missing": (
            {"zip.zip64-malformed", "zip.truncated", "zip.size-lies", "zip.local-differs"},
            partial(build, [replace(B, central={"packed": LARGE64})]),
        ),
        "zip64 field too long": (
            {"zip.zip64-needless", "zip.zip64-malformed"},
            partial(build, [replace(A, central={"size": LARGE64}, extra=zip64_field(size, packed))]),
        ),
        "zip64 field not called for": (
            {"zip.zip64-needless", "zip.zip64-malformed"},
            partial(build, [replace(A, extra=zip64_field(size + 1, packed))]),
        ),
        "zip64 field twice": (
            {"zip.zip64-needless", "zip.zip64-malformed"},
            partial(build, [replace(A, extra=zip64_field(size) * 2)]),
        ),
        "local zip64 field too short": (
            {"zip.zip64-needless", "zip.zip64-malformed", "zip.local-differs"},
            partial(build, [replace(A, local_extra=zip64_field(size))]),
        ),
        "local zip64 field of other sizes": (
            {"zip.zip64-needless", "zip.local-differs"},
            partial(build, [replace(A, local_extra=zip64_field(size, packed + 1))]),
        ),
        # places
        "prefix": ({"zip.prefix"}, partial(build, [A, B], prefix=b"#!/usr/bin/env python3\n")),
        "prefix without offsets": ({"zip.prefix"}, partial(build, [A, B], shifted=b"#!/bin/sh\nexit\n")),
        "prefix of an empty zip": ({"zip.prefix"}, partial(build, [], prefix=b"MZ")),
        "gap": ({"zip.gap"}, partial(build, [A, replace(B, before=b"\0" * 9)])),
        "gap with an entry": (
            {"zip.gap"}, partial(build, [A, replace(B, before=whole[: whole.find(b"lib/") - 30])]),
        ),
        "gap before the directory": ({"zip.gap"}, partial(build, [A], before_directory=b"?")),
        "same place": (
            {"zip.overlap", "zip.duplicate"},
            partial(build, [A, replace(A, alone=False, central={"offset": 0})]),
        ),
        "inside of another": (
            {"zip.overlap"},
            partial(build, [
                File(b"outer", build([B]), method=0),
                replace(B, alone=False, central={"offset": 35}),
            ]),
        ),
        "into the directory": (
            {"zip.overlap", "zip.crc", "zip.local-differs"},
            partial(build, [replace(B, central={"packed": len(B.data) + 9, "size": len(B.data) + 9})]),
        ),
        "past the end": (
            {"zip.truncated", "zip.size-lies", "zip.local-differs"},
            partial(build, [replace(B, central={"packed": 1 << 20})]),
        ),
        "behind the directory": (
            {"zip.truncated", "zip.prefix", "zip.signature"},
            partial(build, [replace(B, central={"offset": 9999})]),
        ),
        "local extra into the directory": (
            {"zip.overlap", "zip.truncated"}, partial(build, [replace(A, local={"extra_length": 99})]),
        ),
        "bomb": ({"zip.overlap", "zip.bomb"}, partial(bomb, 30)),
        "bomb by ratio": ({"zip.bomb"}, partial(build, [File(b"zeros", bytes(17 << 20))])),
        "bomb by size": (
            {"zip.bomb", "zip.stream"},
            partial(build, [File(b"%d" % n, bytes(1 << 20), packed=bytes(1 << 20), central={"size": 1 << 29},
                                local={"size": 1 << 29}) for n in range(3)]),
        ),
        # headers
        "no local header": (
            {"zip.signature"}, partial(build, [replace(A, local={"signature": b"PK\x03\x05"})]),
        ),
        **{
            f"local {key}": ({"zip.local-differs"}, partial(build, [replace(A, local={key: value})]))
            for key, value in _LIES
        },
        "descriptor missing": ({"zip.descriptor"}, partial(build, [replace(streamed(A), descriptor=b"")])),
        "descriptor of another crc": (
            {"zip.descriptor", "zip.gap"}, partial(build, [replace(streamed(A), descriptor=descriptor(B))]),
        ),
        "descriptor too wide": ({"zip.descriptor"}, partial(build, [streamed(A, width="Q")])),
        "encrypted": ({"zip.encrypted"}, partial(build, [replace(A, flags=1)])),
        "flags": ({"zip.flags"}, partial(build, [replace(A, flags=1 << 5 | 1 << 14)])),
        "method 12": ({"zip.method"}, partial(build, [replace(A, method=12, packed=b"BZh9")])),
        "version 9.9": ({"zip.version"}, partial(build, [_both({"needed": 99})])),
        "extra of a wrong length": ({"zip.extra"}, partial(build, [replace(A, extra=b"UT\x09\0x")])),
        "local extra padded": ({"zip.extra"}, partial(build, [replace(A, local_extra=b"\0\0\0")])),
        "file with a slash": ({"zip.kind"}, partial(build, [replace(A, name=b"bootstrap/")])),
        "folder without a slash": ({"zip.kind"}, partial(build, [File(b"lib", method=0, mode=FOLDER)])),
        "folder by attribute": (
            {"zip.kind"}, partial(build, [replace(A, central={"external": FILE << 16 | 16})]),
        ),
        "folder with content": ({"zip.kind"}, partial(build, [replace(B, name=b"lib/", mode=FOLDER)])),
        # names
        **{
            f"name {name!a}": ({"zip.name"}, partial(build, [replace(A, name=name)]))
            for name in (
                b"", b"/etc/passwd", b"../up", b"a/../../up", b"a/..", b"..", b".", b"./a", b"a//b", b"a\\b",
                b"a\0b", b"a\nb", b"a\x7f", b"C:evil", b"c:/evil",
            )
        },
        "name not UTF-8": ({"zip.name"}, partial(build, [replace(A, name=b"\xff\xfe", flags=1 << 11)])),
        "name without a flag": ({"zip.encoding"}, partial(build, [replace(A, name="é".encode())])),
        "unicode path": (
            {"zip.unicode-path"}, partial(build, [replace(A, extra=unicode_path(A.name, b"../evil"))]),
        ),
        "local unicode path": (
            {"zip.unicode-path"}, partial(build, [replace(A, local_extra=unicode_path(A.name, b"evil"))]),
        ),
        "name twice": ({"zip.duplicate"}, partial(build, [A, B, A])),
        "file and folder": (
            {"zip.duplicate"}, partial(build, [A, File(b"bootstrap/", method=0, mode=FOLDER)]),
        ),
        "file in a file": ({"zip.duplicate"}, partial(build, [A, File(b"bootstrap/x")])),
        "case": ({"zip.collision"}, partial(build, [A, replace(A, name=b"Bootstrap")])),
        "case of a folder": ({"zip.collision"}, partial(build, [File(b"lib/a"), File(b"LIB/b")])),
        "form": (
            {"zip.collision"},
            partial(build, [File("\xe9".encode(), flags=1 << 11), File("e\u0301".encode(), flags=1 << 11)]),
        ),
        # content
        "crc": ({"zip.crc"}, partial(build, [_both({"crc": 1})])),
        "longer": ({"zip.size-lies"}, partial(build, [_both({"size": size - 1})])),
        "shorter": ({"zip.size-lies"}, partial(build, [_both({"size": size + 1})])),
        "much shorter": ({"zip.size-lies", "zip.bomb"}, partial(build, [_both({"size": 1 << 30})])),
        "stored of two sizes": (
            {"zip.size-lies"}, partial(build, [replace(B, local={"size": 9}, central={"size": 9})]),
        ),
        "more behind the stream": (
            {"zip.size-lies"}, partial(build, [replace(A, packed=A.stream() + b"hidden")]),
        ),
        "stream cut off": ({"zip.stream"}, partial(build, [replace(A, packed=A.stream()[:-3])])),
        "stream broken": ({"zip.stream"}, partial(build, [replace(A, packed=b"\xff" * 20)])),
    }  # fmt: skip


HOSTILE = _hostile()
"""Zips with anomalies: the codes that a strict reading tells, all of them, and the zip."""
