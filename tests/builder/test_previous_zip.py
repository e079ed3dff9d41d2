"""One changed file of many: only that one is read and compressed; the bytes are those of a fresh build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from builder.go_driver import write
from cli.onezip_cli import onezip, plain, project
from onezip.archive.collect import Source, collect
from onezip.archive.writer import pack
from onezip.builder.listing import Listing
from onezip.model.function import Compression

WATCHED = """
import os, sys
root, words = sys.argv[1], sys.argv[2:]
opened = set()
def hear(event, args):
    if event == "open" and str(args[0]).startswith(root + os.sep) and os.path.isfile(args[0]):
        opened.add(args[0][len(root) + 1:])
sys.addaudithook(hear)
from onezip.cli.main import main
code = main(words)
print("opened:", *sorted(opened), sep="\\n", file=sys.stderr)
sys.exit(code)
"""


def opened(folder: Path, *words: str) -> list[str]:
    """The files of the source that a build opens."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(folder / "plain"), "build", *words],
        cwd=folder,
        env={**os.environ, "ONEZIP_HOME": str(folder / ".home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.partition("opened:\n")[2].splitlines()


def fresh(folder: Path, text: str = "") -> bytes:
    """The zip of a build that knows of no other."""
    said = onezip(folder, "build", "--output", f"fresh{text}", home=folder / f".home{time.time_ns()}")
    assert said.code == 0, said.err
    return (folder / f"fresh{text}" / "plain.zip").read_bytes()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project whose files are old enough for their times to tell."""
    folder = plain(tmp_path)
    for number in range(40):
        (folder / "plain" / f"m{number:02}.py").write_text(f"x = {number}\n" * 50)
    time.sleep(2.1)
    return folder


def built(folder: Path) -> bytes:
    return (folder / "dist/plain.zip").read_bytes()


def test_only_the_changed_file_is_opened(tree: Path) -> None:
    assert len(opened(tree)) == 41
    changed = tree / "plain/m07.py"
    changed.write_text("x = 'changed'\n")
    assert opened(tree) == ["m07.py"]
    assert built(tree) == fresh(tree)
    status = changed.stat()
    changed.write_text("x = 'CHANGED'\n")
    os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert opened(tree) == ["m07.py"]
    assert built(tree) == fresh(tree, "2")
    (tree / "plain/m08.py").unlink()
    (tree / "plain/new.py").write_text("1\n")
    assert set(opened(tree)) <= {"m07.py", "new.py"}
    assert built(tree) == fresh(tree, "3")
    assert len(opened(tree, "--force")) == 40 + 1


@pytest.mark.parametrize("how", ["damaged", "gone", "compression", "other settings", "listing damaged"])
def test_what_is_not_the_last_zip_is_not_used(tree: Path, how: str) -> None:
    opened(tree)
    zip_path, described = tree / "dist/plain.zip", tree / "onezip.toml"
    (listing,) = (tree / ".home").rglob("*.zip.json")
    if how == "damaged":
        content = bytearray(zip_path.read_bytes())
        content[60] ^= 1
        zip_path.write_bytes(content)
    elif how == "gone":
        zip_path.unlink()
    elif how == "compression":
        described.write_text(described.read_text() + 'compression = "max"\n')
    elif how == "other settings":
        described.write_text(described.read_text() + 'exclude = ["m1*"]\n')
    else:
        listing.write_text(listing.read_text()[:-90] + "}")
    (tree / "plain/m07.py").write_text("x = 'changed'\n")
    read = opened(tree)
    assert "m07.py" in read
    assert len(read) == (1 if how == "other settings" else 41)
    assert built(tree) == fresh(tree)


@pytest.mark.parametrize(
    ("key", "value"), [("engine", "zlib"), ("onezip", "0.0.0"), ("schema", "0"), ("version", 0)]
)
def test_a_listing_of_another_engine_or_version_is_no_listing(
    tmp_path: Path, key: str, value: object
) -> None:
    (tmp_path / "app.py").write_text("1")
    path, out = tmp_path / "listing", str(tmp_path / "out.zip")
    collected = collect([Source(str(tmp_path))], report=lambda _: None)
    listing = Listing(str(path), Compression.DEFAULT)
    with closing(listing.previous(out, doubt=False)) as previous:
        listing.write(previous, pack(collected.entries, out, previous=previous).sha256)

    def listed(listing: Listing = listing, *, doubt: bool = False) -> list[str]:
        with closing(listing.previous(out, doubt=doubt)) as previous:
            return list(previous.listing)

    assert listed() == ["app.py"]
    assert listed(doubt=True) == []
    assert listed(Listing(str(path), Compression.MAX)) == []
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert listed() == []


@pytest.mark.skipif(sys.platform == "win32", reason="a script for sh")
def test_what_changes_under_way_is_not_packed_under_the_old_name(tmp_path: Path) -> None:
    """A build is named by what was there before; a cache would give the other bytes to that name for ever."""
    folder = project(
        tmp_path,
        '[functions.f]\nsource = "src"\nlanguage = "command"\nruntime = "provided.al2023"\n'
        'files = {"more.txt" = "more.txt"}\n'
        'command = {run = ["./make.sh"], inputs = ["make.sh"], output = "out"}\n',
    )
    script = "#!/bin/sh\nmkdir -p out\nprintf '#!/bin/sh\\ntrue\\n' > out/bootstrap\n"
    write(folder, {"src/make.sh": f"{script}echo other > ../more.txt\n", "more.txt": "first\n"})
    (folder / "src/make.sh").chmod(0o755)
    said = onezip(folder, "build", "--json")
    assert said.code == 4
    assert [each["code"] for each in said.diagnostics if each["severity"] == "error"] == ["archive.changed"]
    assert not (folder / "dist/f.zip").exists()
    write(folder, {"src/make.sh": script})
    assert onezip(folder, "build", "--json").code == 0
