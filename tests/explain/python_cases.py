"""Pairs of zips with other Python dependencies or other compiled files."""

from __future__ import annotations

import os
import py_compile
import tempfile
from pathlib import Path

from explain.content_cases import one
from explain.packing_cases import Bytes, Case, case
from explain.zips import zipped


def compiled(
    text: str = "X = 1\n", *, dfile: str = "app.py", mtime: int = 1_700_000_000, mode: str = "TIMESTAMP"
) -> bytes:
    """A .pyc file by this Python."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "app.py"), Path(folder, "app.pyc")
        source.write_text(text, encoding="utf-8")
        os.utime(source, (mtime, mtime))
        kind = py_compile.PycInvalidationMode[mode]
        py_compile.compile(str(source), str(target), dfile=dfile, doraise=True, invalidation_mode=kind)
        return target.read_bytes()


def pyc(data: Bytes) -> Bytes:
    """A zip with a source and its compiled file."""
    return lambda: zipped({"app.py": b"X = 1\n", "__pycache__/app.cpython-311.pyc": data()})


def foreign_pyc(magic: int) -> bytes:
    return magic.to_bytes(2, "little") + compiled()[2:]


WHEEL = "Wheel-Version: 1.0\nGenerator: bdist_wheel (0.43.0)\nRoot-Is-Purelib: false\nTag: {}\n"


TAGS = "cp313-cp313-manylinux_2_17_x86_64", "cp313-cp313-manylinux_2_28_x86_64"


def dist(
    name: str = "Foo.Bar",
    version: str = "1.0",
    *,
    wheel: str = WHEEL.format(TAGS[0]),
    files: dict[str, bytes] | None = None,
    record: bool = True,
    prefix: str = "",
) -> dict[str, bytes]:
    """An installed distribution with a package of 100 modules that hold its version."""
    info = f"{name.replace('.', '_').lower()}-{version}.dist-info/"
    found = {f"foo_bar/m{number:03}.py": f"V = '{version} {number}'\n".encode() for number in range(100)}
    found = found if files is None else files
    found |= {
        f"{info}METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: 9".encode(),
        f"{info}WHEEL": wheel.encode(),
    }
    if record:
        found[f"{info}RECORD"] = "".join(f"{name},sha256=x,1\n" for name in found).encode()
    return {prefix + name: data for name, data in found.items()}


def dists(*each: dict[str, bytes]) -> Bytes:
    return lambda: zipped({"app.py": b"import foo\n"} | {n: d for files in each for n, d in files.items()})


PYTHON: dict[str, Case] = {
    "pyc of another Python": case(
        pyc(lambda: foreign_pyc(3531)),
        pyc(lambda: foreign_pyc(3571)),
        "bytecode",
        "compiled by other Pythons: Python 3.12 here, Python 3.13 there",
    ),
    "pyc of an older Python": case(
        pyc(lambda: foreign_pyc(3439)),
        pyc(lambda: foreign_pyc(3627)),
        "bytecode",
        "Python 3.10 here, Python 3.14 there",
    ),
    "pyc times": case(
        pyc(compiled),
        pyc(lambda: compiled(mtime=1_700_000_600)),
        "bytecode",
        "only the time of the source in the compiled file differs",
        "2023-11-14 22:13:20 UTC here, 2023-11-14 22:23:20 UTC there",
        "neither is the source's time in its zip",
    ),
    "pyc headers": case(
        pyc(compiled),
        pyc(lambda: compiled(mode="UNCHECKED_HASH")),
        "bytecode",
        "checked by the source's time here, never checked (unchecked-hash) there",
    ),
    "pyc paths": case(
        pyc(lambda: compiled(dfile="/home/al/app.py")),
        pyc(lambda: compiled(dfile="/tmp/b/app.py")),
        "path",
        "holds an absolute path: /home/al/app.py here, /tmp/b/app.py there",
        near="bytecode",
    ),
    "pyc code": case(
        pyc(compiled), pyc(lambda: compiled("X = 2\n")), "bytecode", "compiled from other source"
    ),
    "pyc on one side": case(
        pyc(compiled),
        lambda: zipped({"app.py": b"X = 1\n"}),
        "bytecode",
        "compiled files only here: __pycache__/app.cpython-311.pyc",
        near="removed",
    ),
    "not pyc": case(one("x.pyc", b"short"), one("x.pyc", b"shorn"), "file", near="bytecode"),
    "dependency": case(
        dists(dist()),
        dists(dist(version="1.1")),
        "dependency",
        "another version of Foo.Bar: 1.0 here, 1.1 there (106 files)",
        near="file added wheel",
    ),
    "dependency without RECORD": case(
        dists(dist(record=False)),
        dists(dist(version="1.1", record=False)),
        "dependency",
        "(104 files)",
        near="file",
    ),
    "dependency in a layer": case(
        dists(dist(prefix="python/")),
        dists(dist(version="1.1", prefix="python/")),
        "dependency",
        "(106 files)",
    ),
    "dependency on one side": case(
        dists(), dists(dist()), "dependency", "a dependency: Foo.Bar 1.0 only there (103 files)", near="added"
    ),
    "many dependencies": case(
        dists(*(dist(f"p{n:02}", files={}, record=False) for n in range(40))),
        dists(*(dist(f"p{n:02}", "2", files={}, record=False) for n in range(40))),
        "dependency",
        "15 more dependencies differ: p25, p26, p27 and 12 more",
    ),
    "wheel": case(
        dists(dist(record=False)),
        dists(dist(wheel=WHEEL.format(TAGS[1]), record=False)),
        "wheel",
        f"another wheel of Foo.Bar 1.0: tag: {TAGS[0]} here, {TAGS[1]} there (1 file)",
        near="dependency",
    ),
    "build number": case(
        dists(dist()),
        dists(dist(wheel=WHEEL.format(TAGS[0]) + "Build: 2\n")),
        "wheel",
        "build: none here, 2 there",
    ),
    "same wheel": case(
        dists(dist()),
        dists(dist(files={"foo_bar/m.py": b"1\n"})),
        "installer removed added",
        near="wheel dependency",
    ),
    "installer": case(
        dists(dist(files={})),
        dists(
            dist(files={})
            | {"foo_bar-1.0.dist-info/INSTALLER": b"uv\n", "foo_bar-1.0.dist-info/direct_url.json": b"{}"}
        ),
        "installer",
        "an installer's own notes differ: INSTALLER and direct_url.json (2 files)",
        near="added",
    ),
}
"""By what they show."""
