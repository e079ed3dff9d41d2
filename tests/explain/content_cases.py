"""Pairs of zips packed alike, of files that differ."""

from __future__ import annotations

import json

from explain.packing_cases import Bytes, Case, case
from explain.zips import AARCH64, Entry, Files, elf, zipped


def of(**files: bytes) -> Bytes:
    """A zip of files; `__` in a keyword is a slash, `_` a dot."""
    named = {name.replace("__", "/").replace("_", "."): data for name, data in files.items()}
    return lambda: zipped(named)


def one(name: str, data: bytes) -> Bytes:
    """A zip of one file that matters, and one that does not."""
    return lambda: zipped({name: data, "same.txt": b"same\n"})


def broken(name: str) -> Bytes:
    """A file that cannot be unpacked."""
    damaged: Files = {name: Entry(b"world\n", packed=b"\xff\xff"), "same.txt": b"same\n"}
    return lambda: zipped(damaged)


def many(change: int, *, folder: str = "data/") -> Bytes:
    """300 files in a folder of which so many are other."""
    return lambda: zipped(
        {"app.py": b"x\n"}
        | {f"{folder}f{n:03}.txt": b"%d %d\n" % (n, 1 if n < change else 0) for n in range(300)}
    )


BLOB = bytes(range(256)) * 40
LINES = b"one\ntwo\nthree\nfour\nfive\n"
OLD, NEW = {"b": 1, "a": [1, {"d": 2, "c": 3}]}, {"a": [1, {"c": 3, "d": 2}], "b": 1}

CONTENT: dict[str, Case] = {
    "CRLF": case(
        one("app.py", LINES),
        one("app.py", LINES.replace(b"\n", b"\r\n")),
        "line-ends",
        "app.py: only line ends differ: LF here, CRLF there",
        ".gitattributes",
    ),
    "some CRLF": case(
        one("app.py", LINES.replace(b"\n", b"\r\n")),
        one("app.py", LINES.replace(b"\n", b"\r\n", 2)),
        "line-ends",
        "CRLF here, CRLF and LF there",
    ),
    "CRLF and a word": case(
        one("app.py", LINES),
        one("app.py", LINES.replace(b"\n", b"\r\n").replace(b"two", b"2")),
        "file",
        near="line-ends",
    ),
    "CRLF in many": case(
        lambda: zipped({f"f{n}.txt": LINES + b"%d" % n for n in range(50)}),
        lambda: zipped({f"f{n}.txt": (LINES + b"%d" % n).replace(b"\n", b"\r\n") for n in range(50)}),
        "line-ends",
        "50 files, such as f0.txt: only line ends differ: LF here, CRLF there",
    ),
    "CRLF in binary": case(
        one("x.bin", BLOB + b"\n"),
        one("x.bin", BLOB + b"\r\n"),
        "file",
        "x.bin: changed: 10,241 bytes here, 10,242 there, differing from byte 10,240 on",
        near="line-ends",
    ),
    "BOM": case(
        one("app.py", LINES),
        one("app.py", b"\xef\xbb\xbf" + LINES),
        "bom",
        "app.py: a byte order mark only there",
    ),
    "BOM and CRLF": case(
        one("a.txt", LINES),
        one("a.txt", b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n")),
        "bom line-ends",
        near="file",
    ),
    "BOM and a word": case(one("a.txt", LINES), one("a.txt", b"\xef\xbb\xbf2" + LINES), "file", near="bom"),
    "last line end": case(
        one("app.py", LINES),
        one("app.py", LINES[:-1]),
        "final-newline",
        "app.py: the last line has an end only here",
    ),
    "empty last line": case(
        one("app.py", LINES), one("app.py", LINES + b"\n\n"), "file", near="final-newline"
    ),
    "shebang": case(
        one("bin/tool", b"#!/home/me/.venv/bin/python\nimport x\n"),
        one("bin/tool", b"#!/usr/bin/python3.13\nimport x\n"),
        "shebang",
        "bin/tool: only the first line of the script differs: #!/home/me/.venv/bin/python here, "
        "#!/usr/bin/python3.13 there",
    ),
    "shebang and more": case(
        one("bin/tool", b"#!/usr/bin/python3\nimport x\n"),
        one("bin/tool", b"#!/usr/bin/python2\nimport y\n"),
        "file",
        near="shebang",
    ),
    "JSON keys": case(
        one("a.json", json.dumps(OLD).encode()),
        one("a.json", json.dumps(NEW).encode()),
        "key-order",
        "a.json: the same JSON with its keys in another order",
    ),
    "JSON spaces": case(
        one("a.json", json.dumps(OLD).encode()),
        one("a.json", json.dumps(OLD, indent=1).encode()),
        "key-order",
        "the same JSON with other spaces or escapes",
    ),
    "JSON values": case(
        one("a.json", b'{"a": 1, "b": 2}'), one("a.json", b'{"b": 2, "a": true}'), "file", near="key-order"
    ),
    "TOML keys": case(
        one("a.toml", b"a = 1\nb = 2024-01-01\n"),
        one("a.toml", b"b = 2024-01-01\na = 1\n"),
        "key-order",
        "a.toml: the same TOML with its keys in another order",
    ),
    "deep JSON": case(one("a.json", b"[" * 200_000), one("a.json", b"[" * 200_001), "file", near="key-order"),
    "times": case(
        one("v.py", b"BUILT = '2024-05-06T07:08:09Z'\n"),
        one("v.py", b"BUILT = '2025-06-07T08:09:10Z'\n"),
        "timestamp",
        "v.py: only times differ: 2024-05-06T07:08:09Z here, 2025-06-07T08:09:10Z there",
    ),
    "epoch": case(one("v.json", b'{"at": 1714979289}'), one("v.json", b'{"at": 1749283750}'), "timestamp"),
    "mail times": case(
        one("v.txt", b"Mon, 06 May 2024 07:08:09 GMT"),
        one("v.txt", b"Sat, 07 Jun 2025 08:09:10 GMT"),
        "timestamp",
    ),
    "date(1)": case(
        one("v.txt", b"Mon May  6 07:08:09 UTC 2024"),
        one("v.txt", b"Sat Jun  7 08:09:10 UTC 2025"),
        "timestamp",
    ),
    "a version": case(one("v.py", b"V = '1.2.3'\n"), one("v.py", b"V = '1.2.4'\n"), "file", near="timestamp"),
    "path": case(
        one("c.cfg", b"root = /home/alice/proj\nlib = /home/alice/proj/lib\n"),
        one("c.cfg", b"root = /tmp/build/proj\nlib = /tmp/build/proj/lib\n"),
        "path",
        "c.cfg: only an absolute path differs: /home/alice/proj here, /tmp/build/proj there",
    ),
    "Windows path": case(
        one("c.js", b'x("C:\\\\Users\\\\bob\\\\proj\\\\a.js")'),
        one("c.js", b'x("/home/bob/proj/a.js")'),
        "path",
        near="file",
    ),
    "path in binary": case(
        one("x.bin", BLOB + b"\0/home/alice/p/x.c\0"),
        one("x.bin", BLOB + b"\0/builds/p/x.c\0"),
        "path",
        "x.bin: holds an absolute path: /home/alice/p/x.c here, /builds/p/x.c there",
    ),
    "path and time": case(
        one("c.txt", b"at 2024-05-06 in /home/alice/p\n"),
        one("c.txt", b"at 2025-06-07 in /tmp/b/p\n"),
        "path timestamp",
    ),
    "relative path": case(
        one("c.cfg", b"root = lib/one\n"), one("c.cfg", b"root = lib/two\n"), "file", near="path"
    ),
    "RECORD of one's own": case(one("RECORD", b"1"), one("RECORD", b"2"), "file", near="installer"),
    "another folder": case(
        of(src__app_py=LINES, src__lib__x_py=b"x\n"),
        of(app_py=LINES, lib__x_py=b"x\n"),
        "moved",
        "the same content, 2 files in another folder: src/ here, at the top there",
        near="added removed",
    ),
    "renamed": case(
        one("old.py", LINES),
        one("new.py", LINES),
        "moved",
        "the same content, renamed: old.py here, new.py there",
    ),
    "other case": case(one("README", LINES), one("Readme", LINES), "moved", "names in other case"),
    "Unicode form": case(
        one("h\xe9.txt", LINES),
        one("he\u0301.txt", LINES),
        "moved",
        "names in another Unicode form, as macOS makes them",
    ),
    "backslashes": case(
        one("lib/a.py", LINES), one("lib\\a.py", LINES), "moved", "names with backslashes there"
    ),
    "not moved": case(one("old.py", LINES), one("new.py", LINES + b"!"), "added removed", near="moved"),
    "added": case(
        one("a.py", LINES),
        lambda: zipped({"a.py": LINES, "same.txt": b"same\n", "z/b.py": b"b\n"}),
        "added",
        "only there: z/b.py (2 bytes)",
    ),
    "removed": case(
        many(0),
        lambda: zipped({"app.py": b"x\n"}),
        "removed",
        "only here: 300 files in data/ (1,690 bytes)",
        near="moved",
    ),
    "text": case(
        one("a.py", LINES),
        one("a.py", LINES.replace(b"three", b"3\x1b[2J")),
        "file",
        r"    -three",
        r"    +3\x1b[2J",
        near="line-ends",
    ),
    "long line": case(
        one("a.js", b"x" * 5000 + b"1" + b"y" * 5000),
        one("a.js", b"x" * 5000 + b"2" + b"y" * 5000),
        "file",
        "    -..." + "x" * 40 + "1yyy",
        "    +..." + "x" * 40 + "2yyy",
    ),
    "binary": case(
        one("x.bin", BLOB),
        one("x.bin", BLOB[:300] + b"!" + BLOB[301:]),
        "file",
        "x.bin: changed: 10,240 bytes here, 10,240 there, differing from byte 300 on",
        near="elf",
    ),
    "a folder of files": case(many(0), many(300), "file", "300 files in data/ changed"),
    "large text": case(
        one("a.txt", LINES * 100_000), one("a.txt", LINES * 100_000 + b"end"), "file", near="elf"
    ),
    "architecture": case(
        one("bootstrap", elf()),
        one("bootstrap", elf(AARCH64)),
        "architecture",
        "bootstrap: not for the same machine: an executable for x86_64 here, an executable for arm64 there",
        near="elf",
    ),
    "Windows program": case(
        one("bootstrap", elf()),
        one("bootstrap", b"MZ" + bytes(100)),
        "architecture",
        "an executable for x86_64 here, a program for Windows there",
    ),
    "loader": case(
        one("x", elf(interpreter=b"/lib64/ld-linux-x86-64.so.2")),
        one("x", elf(interpreter=b"/lib/ld-musl-x86_64.so.1")),
        "elf",
        "the loader is /lib64/ld-linux-x86-64.so.2 here, /lib/ld-musl-x86_64.so.1 there",
        near="architecture",
    ),
    "compiler": case(
        one("x", elf(compiler=b"GCC: 12\0")),
        one("x", elf(compiler=b"GCC: 13\0")),
        "elf",
        "the compiler is GCC: 12 here, GCC: 13 there",
    ),
    "stripped": case(one("x", elf(symbols=True)), one("x", elf()), "elf", "stripped there only"),
    "build id": case(
        one("x", elf(build_id=b"\1\2")),
        one("x", elf(build_id=b"\3\4")),
        "elf",
        "a compiled file with other code, linked alike",
        "build id 0102 here, 0304 there",
    ),
    "path in ELF": case(
        one("x", elf(code=b"/home/al/x.c\0")), one("x", elf(code=b"/builds/x/x.c\0")), "path", near="elf"
    ),
    "damaged ELF": case(one("x", elf()[:40]), one("x", elf(AARCH64)[:41]), "file", near="elf architecture"),
    "unreadable": case(
        one("x", b"hello\n"),
        broken("x"),
        "file",
        "x: cannot be unpacked there, so not compared: 6 bytes here, 6 there",
    ),
    "a name to escape": case(
        one("a\x1b[2J\u202e.py", b"1\n"),
        one("a\x1b[2J\u202e.py", b"2\n"),
        "file",
        r"a\x1b[2J\u202e.py: changed",
    ),
}
"""By what they show."""
