"""One tree, one zip: whatever the machine, the folder, the clock and the mood of the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import onezip
from archive.trees import GOLDEN, TREE, digest, listed, packed, quiet, write
from onezip.archive import packer
from onezip.archive.collect import Source, collect
from onezip.archive.entry import Entry
from onezip.archive.writer import pack
from onezip.model.function import Compression

CHILD = Path(__file__).with_name("pack_child.py")
SOURCES = Path(onezip.__file__).parents[1]
DEFAULT = GOLDEN[Compression.DEFAULT]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write(tmp_path / "tree")


@pytest.mark.parametrize("compression", Compression)
def test_golden(tree: Path, tmp_path: Path, compression: Compression) -> None:
    manifest = packed(tree, tmp_path / "out.zip", compression)
    assert manifest.sha256 == GOLDEN[compression]
    assert digest(tmp_path / "out.zip") == GOLDEN[compression]


@pytest.fixture(params=[0o000, 0o002, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_umask(tmp_path: Path) -> None:
    assert packed(write(tmp_path / "tree"), tmp_path / "out.zip").sha256 == DEFAULT


@pytest.mark.parametrize("seconds", [-86_400, 0, 315_000_000, 4_500_000_000])
def test_times(tree: Path, tmp_path: Path, seconds: int) -> None:
    for name in TREE:
        os.utime(tree / name, (seconds, seconds))
    assert packed(tree, tmp_path / "out.zip").sha256 == DEFAULT


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o777, 0o4755])
def test_modes_of_the_disk(tree: Path, tmp_path: Path, mode: int) -> None:
    for name in TREE:
        (tree / name).chmod(mode)
    assert packed(tree, tmp_path / "out.zip").sha256 == DEFAULT


def test_owner(tree: Path, tmp_path: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for name in TREE:
        os.chown(tree / name, 12345, 54321)
    assert packed(tree, tmp_path / "out.zip").sha256 == DEFAULT


def test_order_of_listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = write(tmp_path / "tree", {name: TREE[name] for name in reversed(TREE)})
    real = os.scandir

    class Backwards:
        def __init__(self, path: str) -> None:
            with real(path) as items:
                self.items = sorted(items, key=lambda item: item.name, reverse=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.items

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Backwards)
    entries = listed(tree)
    assert [entry.name for entry in entries][-1] != max(TREE)
    assert pack(entries, str(tmp_path / "out.zip")).sha256 == DEFAULT
    assert pack(entries[::-1], str(tmp_path / "out.zip")).sha256 == DEFAULT


@pytest.mark.parametrize("threads", [1, 2, 3, 8, None])
@pytest.mark.parametrize("files", [1, 3, 256])
def test_threads_and_batches(
    tree: Path, tmp_path: Path, threads: int | None, files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packer, "BATCH_FILES", files)
    monkeypatch.setattr(packer, "WORTH_THREADS", 0)
    assert pack(listed(tree), str(tmp_path / "out.zip"), threads=threads).sha256 == DEFAULT


def test_content_without_files(tmp_path: Path) -> None:
    entries = [Entry(name, data=content) for name, content in TREE.items()]
    assert pack(entries, str(tmp_path / "out.zip")).sha256 == DEFAULT


def test_parts_from_several_places(tmp_path: Path) -> None:
    write(tmp_path / "a", {name: content for name, content in TREE.items() if "/" not in name})
    sources = [Source(str(tmp_path / "a"))]
    for top in ("extensions", "lib", ".hidden", "caf\u00e9"):
        below = {name: content for name, content in TREE.items() if name.startswith(f"{top}/")}
        sources.append(Source(str(write(tmp_path / f"of {top}", below) / top), name=top, own=top != "lib"))
    entries = collect(sources, report=quiet).entries
    assert pack(entries, str(tmp_path / "out.zip")).sha256 == DEFAULT


def run_child(
    python: str,
    tree: Path,
    out: Path,
    environ: Mapping[str, str] | None = None,
    *,
    path: str = str(SOURCES),
    cwd: Path | None = None,
) -> str:
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [python, str(CHILD), str(tree), str(out), "default", "all"],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**own, **(environ or {})},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "environ",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati"},
        {"TZ": "America/Los_Angeles", "PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4294967295"},
        {"SOURCE_DATE_EPOCH": "1700000000"},
        {"PYTHONOPTIMIZE": "2"},
    ],
    ids=lambda environ: ",".join(f"{name}={value}" for name, value in environ.items()),
)
def test_environment(tree: Path, tmp_path: Path, environ: dict[str, str]) -> None:
    assert run_child(sys.executable, tree, tmp_path / "out.zip", environ) == DEFAULT


def test_folder(tmp_path: Path) -> None:
    far = tmp_path / "another folder" / "d\u00e9j\u00e0 vu" / ("x" * 100)
    tree = write(far / "tree")
    assert run_child(sys.executable, tree, tmp_path / "out.zip", cwd=far) == DEFAULT
    short = tmp_path / "s"
    (tmp_path / "s").symlink_to(tree)
    assert run_child(sys.executable, short, tmp_path / "two.zip") == DEFAULT


def _pythons() -> dict[str, str]:
    """Other CPythons from 3.11 on, by minor version."""
    found: dict[str, str] = {}
    places = sorted(Path.home().glob(".pyenv/versions/3.*/bin"))
    places += [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    for minor in range(11, 17):
        if minor == sys.version_info.minor:
            continue
        for place in places:
            python = place / f"python3.{minor}"
            if "shims" not in place.parts and python.exists():
                found.setdefault(f"3.{minor}", str(python))
    return found


PYTHONS = _pythons()


@pytest.fixture(scope="module")
def uv() -> str:
    from uv import find_uv_bin

    return find_uv_bin()


@pytest.mark.parametrize("version", ["3.12", "3.13", *sorted(PYTHONS.keys() - {"3.12", "3.13"})])
def test_other_pythons(tree: Path, tmp_path: Path, uv: str, version: str) -> None:
    python = PYTHONS.get(version)
    if python is None:
        pytest.skip(f"no CPython {version} here: pyenv install {version}")
    installed = subprocess.run(
        [
            *(uv, "pip", "install", "-q", "--no-config", "--only-binary", ":all:"),
            *("--python", python, "--target", str(tmp_path / "site"), "deflate==0.9.0"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    if installed.returncode:
        pytest.skip(f"no deflate 0.9.0 for CPython {version}: uv needs the package index")
    path = os.pathsep.join([str(SOURCES), str(tmp_path / "site")])
    assert run_child(python, tree, tmp_path / "out.zip", path=path) == DEFAULT


def test_no_posix_only_module_is_needed(tree: Path, tmp_path: Path) -> None:
    script = tmp_path / "hidden.py"
    hidden = ["fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog", "_posixsubprocess"]
    script.write_text(f"import sys\nfor name in {hidden}:\n    sys.modules[name] = None\n{CHILD.read_text()}")
    done = subprocess.run(
        [sys.executable, str(script), str(tree), str(tmp_path / "out.zip"), "default", "2"],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(SOURCES)},
    )
    assert (done.returncode, done.stdout.strip()) == (0, DEFAULT), done.stderr
