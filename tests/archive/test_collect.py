"""The walk: what comes, what stays out, and what cannot be packed."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.trees import quiet, write
from onezip.archive import collect as module
from onezip.archive.collect import Collected, LeftOut, Source, collect
from onezip.archive.patterns import DEFAULTS
from onezip.errors import Diagnostic, OnezipError, ProjectError, Severity
from onezip.model.function import Patterns

MEND_LINK = "put the file itself there, name it in `files`, or leave the link out with `exclude`"
MEND_RIGHTS = "give yourself the right to read it, or leave it out with `exclude`"


def tree(folder: Path, *names: str) -> Path:
    return write(folder, {name: name.encode() for name in names})


def names(collected: Collected) -> list[str]:
    return sorted(entry.name for entry in collected.entries)


def of(folder: Path, *, own: bool = True, include: str = "", exclude: str = "", name: str = "") -> Collected:
    patterns = Patterns(tuple(include.split()), tuple(exclude.split()))
    return collect([Source(str(folder), name, patterns, own)], report=quiet)


def refused(*sources: Source) -> OnezipError:
    with pytest.raises(OnezipError) as caught:
        collect(sources, report=quiet)
    return caught.value


def test_entries_are_files_as_they_stand(tmp_path: Path) -> None:
    folder = tree(tmp_path / "src", "app.py", "pkg/deep/mod.py")
    collected = of(folder)
    for entry in collected.entries:
        status = Path(entry.path).stat()
        assert entry.path == str(folder / entry.name)
        assert entry.stamp == (entry.size, status.st_mtime_ns, status.st_ctime_ns)
        assert (entry.size, entry.data, entry.own) == (len(entry.name), None, True)
    assert names(collected) == ["app.py", "pkg/deep/mod.py"]
    assert collected.folders == (str(folder), str(folder / "pkg"), str(folder / "pkg/deep"))
    assert collected.left_out == ()


def test_empty_folders_leave_no_entry(tmp_path: Path) -> None:
    tree(tmp_path, "a")
    (tmp_path / "empty" / "too").mkdir(parents=True)
    collected = of(tmp_path)
    assert names(collected) == ["a"]
    assert str(tmp_path / "empty" / "too") in collected.folders


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", "a"), (".", "a"), ("./", "a"), ("x", "x/a"), ("x/", "x/a"), ("x/y", "x/y/a"), ("/x", "/x/a")],
)
def test_folder_under_a_name(tmp_path: Path, name: str, expected: str) -> None:
    assert names(of(tree(tmp_path, "a"), name=name)) == [expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", "tool.bin"), (".", "tool.bin"), ("x/", "x/tool.bin"), ("bootstrap", "bootstrap"), ("x/y", "x/y")],
)
def test_file_under_a_name(tmp_path: Path, name: str, expected: str) -> None:
    path = str(tree(tmp_path, "tool.bin") / "tool.bin")
    collected = collect([Source(path, name, Patterns(exclude=("*",)))], report=quiet)
    assert names(collected) == [expected]
    assert collected.entries[0].path == path
    assert collected.folders == ()


def test_relative_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "src/a")
    monkeypatch.chdir(tmp_path)
    (entry,) = collect([Source("src")], report=quiet).entries
    assert (entry.name, entry.path) == ("a", str(tmp_path / "src" / "a"))


def test_nothing_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tree(tmp_path, "file") / "file" / "below"):
        error = refused(Source(str(path)))
        assert isinstance(error, ProjectError)
        assert (error.code, error.message) == ("project.source", f"{path} does not exist")
        assert error.hint == "correct the path in the project file, or make the file"


def test_a_folder_that_brings_nothing_is_told(tmp_path: Path) -> None:
    told: list[Diagnostic] = []
    collect([Source(str(tree(tmp_path, "a.pyc")))], report=told.append)
    assert told == [
        Diagnostic(
            "archive.empty",
            Severity.WARNING,
            f"{tmp_path} brings no file into the zip",
            hint="look at `include` and `exclude`; --verbose lists what was left out and why",
        )
    ]


LEFT_OUT_BY_DEFAULT = {
    ".git/config": (".git/", "version control"),
    "sub/.git": ("sub/.git", "version control"),
    ".hg/store": (".hg/", "version control"),
    ".svn/entries": (".svn/", "version control"),
    ".env": (".env", "may hold secrets"),
    "sub/.env.production": ("sub/.env.production", "may hold secrets"),
    "pkg/__pycache__/a.cpython-311.pyc": ("pkg/__pycache__/", "bytecode of another Python"),
    "pkg/old.pyc": ("pkg/old.pyc", "bytecode of another Python"),
    ".pytest_cache/x": (".pytest_cache/", "a tool's cache"),
    ".mypy_cache/x": (".mypy_cache/", "a tool's cache"),
    ".ruff_cache/x": (".ruff_cache/", "a tool's cache"),
    ".tox/x": (".tox/", "virtual environments"),
    ".nox/x": (".nox/", "virtual environments"),
    ".idea/x": (".idea/", "an editor's files"),
    ".vscode/x": (".vscode/", "an editor's files"),
    ".app.py.swp": (".app.py.swp", "an editor's files"),
    "app.py~": ("app.py~", "an editor's files"),
    ".DS_Store": (".DS_Store", "a file manager's files"),
    "Thumbs.db": ("Thumbs.db", "a file manager's files"),
    "desktop.ini": ("desktop.ini", "a file manager's files"),
    ".aws-sam/build/x": (".aws-sam/", "another tool's builds"),
    ".terraform/x": (".terraform/", "another tool's state"),
    "main.tfstate": ("main.tfstate", "another tool's state, which may hold secrets"),
    "main.tfstate.backup": ("main.tfstate.backup", "another tool's state, which may hold secrets"),
    "onezip.toml": ("onezip.toml", "the project file"),
    "onezip.lock": ("onezip.lock", "the project's lock"),
    "onezip.tf.json": ("onezip.tf.json", "an export"),
    "onezip.cfn.yaml": ("onezip.cfn.yaml", "an export"),
    "onezip.sam.yaml": ("onezip.sam.yaml", "an export"),
    "onezip.mk": ("onezip.mk", "an export"),
    "onezip.gitlab-ci.yml": ("onezip.gitlab-ci.yml", "an export"),
    ".onezip/v1/x": (".onezip/", "onezip's own caches"),
    ".github/workflows/x.yml": (".github/", "version control"),
    "anything/pyvenv.cfg": ("anything/", "a virtual environment"),
}


def test_the_table_of_defaults_is_tested_whole() -> None:
    reasons = {reason for _, reason in LEFT_OUT_BY_DEFAULT.values()}
    assert reasons == {reason for _, reason in DEFAULTS} | {"a virtual environment"}
    assert len(LEFT_OUT_BY_DEFAULT) > len(DEFAULTS)


@pytest.mark.parametrize(("path", "told"), LEFT_OUT_BY_DEFAULT.items(), ids=str)
def test_left_out_by_default(tmp_path: Path, path: str, told: tuple[str, str]) -> None:
    tree(tmp_path, "kept.txt", path)
    collected = of(tmp_path)
    assert names(collected) == ["kept.txt"]
    assert collected.left_out == (LeftOut(*told),)
    assert names(of(tmp_path, own=False)) == sorted(["kept.txt", path])
    top = told[0].strip("/").rpartition("/")[2]
    assert names(of(tmp_path, exclude=f"!{top} !*.pyc")) == sorted(["kept.txt", path])


def test_kept_by_default(tmp_path: Path) -> None:
    kept = [
        ".environment", "env", "git", ".gitignore", "node_modules/x/index.js", "dist/x", "build/x",
        ".config/x", "pyc", "a.pyc.txt", "tfstate", "sub/Onezip.toml", "swp", "venv/not-one", ".env_sample",
    ]  # fmt: skip
    collected = of(tree(tmp_path, *kept))
    assert names(collected) == sorted(kept)
    assert collected.left_out == ()


def test_excluded_folders_are_not_entered(tmp_path: Path) -> None:
    tree(tmp_path, "a", ".git/x/y", "secret/x/y", "venv/pyvenv.cfg", "venv/lib/x")
    collected = of(tmp_path, exclude="secret")
    assert collected.folders == (str(tmp_path), str(tmp_path / "venv"))
    assert collected.left_out == (
        (".git/", "version control"),
        ("secret/", "exclude `secret`"),
        ("venv/", "a virtual environment"),
    )


def test_the_output_folder_stays_out(tmp_path: Path) -> None:
    tree(tmp_path, "a", "dist/old.zip", "sub/dist/x")
    source = Source(str(tmp_path), patterns=Patterns(exclude=("!dist",)))
    collected = collect([source], report=quiet, skip=frozenset({str(tmp_path / "dist")}))
    assert names(collected) == ["a", "sub/dist/x"]
    assert collected.left_out == (("dist/", "the output folder"),)


PATTERNS: list[tuple[str, str, str]] = [
    ("", "*.md", "app.py lib/a.py lib/deep/a.py data/x tests/t.py tests/data/x"),
    ("", "tests", "R.md app.py lib/a.py lib/deep/a.py lib/deep/n.md data/x"),
    ("", "/data", "R.md app.py lib/a.py lib/deep/a.py lib/deep/n.md tests/t.py tests/data/x"),
    ("", "data", "R.md app.py lib/a.py lib/deep/a.py lib/deep/n.md tests/t.py"),
    ("", "tests/** !tests/data", "R.md app.py lib/a.py lib/deep/a.py lib/deep/n.md data/x"),
    ("", "tests/* !tests/data", "R.md app.py lib/a.py lib/deep/a.py lib/deep/n.md data/x tests/data/x"),
    ("", "tests/** !tests/t.py", "R.md app.py lib/a.py lib/deep/a.py lib/deep/n.md data/x tests/t.py"),
    ("", "* !app.py", "app.py"),
    ("", "* !lib/ lib/deep", ""),
    ("", "**/deep/*.md", "R.md app.py lib/a.py lib/deep/a.py data/x tests/t.py tests/data/x"),
    ("", "lib !lib/deep/a.py", "R.md app.py data/x tests/t.py tests/data/x"),
    ("*.py", "", "app.py lib/a.py lib/deep/a.py tests/t.py"),
    ("*.py", "tests", "app.py lib/a.py lib/deep/a.py"),
    ("lib", "", "lib/a.py lib/deep/a.py lib/deep/n.md"),
    ("/lib/*.py app.py", "", "app.py lib/a.py"),
    ("lib/** !*.md", "", "lib/a.py lib/deep/a.py"),
]  # fmt: skip
ALL = "R.md app.py lib/a.py lib/deep/a.py lib/deep/n.md data/x tests/t.py tests/data/x"


@pytest.mark.parametrize(("include", "exclude", "expected"), PATTERNS)
def test_patterns(tmp_path: Path, include: str, exclude: str, expected: str) -> None:
    tree(tmp_path, *ALL.split())
    for own in (True, False):
        assert names(of(tmp_path, own=own, include=include, exclude=exclude)) == sorted(expected.split())


@pytest.mark.parametrize("exclude", [exclude for include, exclude, _ in PATTERNS if not include])
def test_exclude_is_what_git_does(tmp_path: Path, exclude: str) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git here: install git")
    tree(tmp_path, *ALL.split())
    subprocess.run([git, "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".git/info/exclude").write_text("\n".join(exclude.split()))
    listing = [git, "-C", str(tmp_path), "ls-files", "-z", "--others", "--exclude-standard"]
    done = subprocess.run(listing, check=True, capture_output=True, text=True)
    assert names(of(tmp_path, exclude=exclude)) == sorted(filter(None, done.stdout.split("\0")))


def test_reasons(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt", "b.log", "c.log", "d/x", ".env")
    collected = of(tmp_path, include="*.txt *.log .env", exclude="*.log !c.log d/")
    assert names(collected) == ["a.txt", "c.log"]
    assert collected.left_out == (
        (".env", "may hold secrets"),
        ("b.log", "exclude `*.log`"),
        ("d/", "exclude `d/`"),
    )
    assert of(tmp_path, include="a.txt", exclude="d .env").left_out == (
        (".env", "exclude `.env`"),
        ("b.log", "not in `include`"),
        ("c.log", "not in `include`"),
        ("d/", "exclude `d`"),
    )


def test_patterns_match_composed_names(tmp_path: Path) -> None:
    tree(tmp_path, "cafe\u0301.txt", "a")
    assert names(of(tmp_path, exclude="caf\u00e9.txt")) == ["a"]


def test_bad_pattern(tmp_path: Path) -> None:
    error = refused(Source(str(tmp_path), patterns=Patterns(exclude=("!",))))
    assert isinstance(error, ProjectError)
    assert error.code == "project.value"
    assert error.message.startswith("a pattern of `include` or `exclude` is not one: ")
    assert error.hint == "patterns are written as in .gitignore"


needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


@needs_links
def test_links_inside_are_followed(tmp_path: Path) -> None:
    folder = tree(tmp_path / "src", "real/a", "real/deep/b", "c")
    (folder / "file-link").symlink_to("real/a")
    (folder / "absolute").symlink_to(folder / "c")
    (folder / "folder-link").symlink_to("real/deep")
    (folder / "chain").symlink_to("folder-link")
    collected = of(folder)
    assert names(collected) == [
        "absolute", "c", "chain/b", "file-link", "folder-link/b", "real/a", "real/deep/b"
    ]  # fmt: skip
    by_name = {entry.name: entry for entry in collected.entries}
    assert by_name["file-link"].stamp == by_name["real/a"].stamp
    assert by_name["chain/b"].path == str(folder / "chain/b")


@needs_links
def test_the_source_itself_may_be_a_link(tmp_path: Path) -> None:
    tree(tmp_path / "real", "a", "b")
    (tmp_path / "real" / "inside").symlink_to("a")
    (tmp_path / "link").symlink_to("real")
    assert names(of(tmp_path / "link")) == ["a", "b", "inside"]
    (tmp_path / "file").symlink_to("real/a")
    assert names(of(tmp_path / "file")) == ["file"]


@needs_links
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_links_that_leave(tmp_path: Path, kind: str) -> None:
    tree(tmp_path / "outside", "a")
    folder = tree(tmp_path / "src", "b")
    target = tmp_path / "outside" / ("a" if kind == "file" else "")
    link = folder / "sub" / "out"
    link.parent.mkdir()
    link.symlink_to(os.path.relpath(target, link.parent))
    error = refused(Source(str(folder)))
    assert (error.code, error.hint) == ("archive.link", MEND_LINK)
    assert error.message == f"{link} is a link that leads out of {folder}, to {target}"
    assert names(of(folder, exclude="out")) == ["b"]
    assert of(folder, exclude="out").left_out[0].path == ("sub/out" if kind == "file" else "sub/out/")


@needs_links
def test_a_folder_with_a_like_name_is_outside(tmp_path: Path) -> None:
    tree(tmp_path / "src-other", "a")
    folder = tree(tmp_path / "src", "b")
    (folder / "out").symlink_to("../src-other/a")
    assert refused(Source(str(folder))).code == "archive.link"


@needs_links
def test_links_that_dangle(tmp_path: Path) -> None:
    link = tmp_path / "gone"
    link.symlink_to("nowhere/at all")
    error = refused(Source(str(tmp_path)))
    assert (error.code, error.hint) == ("archive.link", MEND_LINK)
    assert error.message == f"{link} is a link that leads to nowhere/at all, which does not exist"
    assert names(of(tree(tmp_path, "a"), exclude="gone")) == ["a"]


@needs_links
def test_links_in_a_circle(tmp_path: Path) -> None:
    folder = tree(tmp_path / "src", "a/x", "b/y")
    cases = {"a/up": "..", "a/self": ".", "a/to-b": "../b"}
    (folder / "b" / "to-a").symlink_to("../a")
    for link, target in cases.items():
        (folder / link).symlink_to(target)
        error = refused(Source(str(folder)))
        assert (error.code, error.hint) == ("archive.link", MEND_LINK)
        assert " is a link that turns in a circle: it leads to " in error.message
        (folder / link).unlink()
    assert names(of(folder)) == ["a/x", "b/to-a/x", "b/y"]
    loop = folder / "loop"
    loop.symlink_to("loop")
    assert refused(Source(str(folder))).message == f"{loop} is a link that turns in a circle"


@needs_links
def test_a_link_to_the_output_folder(tmp_path: Path) -> None:
    tree(tmp_path, "a", "dist/old.zip")
    (tmp_path / "latest").symlink_to("dist")
    collected = collect([Source(str(tmp_path))], report=quiet, skip=frozenset({str(tmp_path / "dist")}))
    assert names(collected) == ["a"]
    assert [path for path, _ in collected.left_out] == ["dist/", "latest/"]


@needs_links
def test_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for source in (tmp_path, tmp_path / "pipe"):
        error = refused(Source(str(source)))
        assert (error.code, error.message) == ("archive.kind", f"{tmp_path / 'pipe'} is a pipe")
        assert error.hint == "remove it, or leave it out with `exclude`"
    assert names(of(tree(tmp_path, "a"), exclude="pipe")) == ["a"]


@needs_links
def test_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert refused(Source(str(tmp_path))).message == f"{tmp_path / 's'} is a socket"
    (tmp_path / "link").symlink_to("s")
    assert refused(Source(str(tmp_path), patterns=Patterns(exclude=("s",)))).code == "archive.kind"


def test_device(tmp_path: Path) -> None:
    if not hasattr(os, "mknod") or os.geteuid() != 0:
        pytest.skip("only root can make a device")
    os.mknod(tmp_path / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    assert refused(Source(str(tmp_path))).message == f"{tmp_path / 'null'} is a device"


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder of a user who is not root, for the length of the test."""
    if sys.platform == "win32":
        pytest.skip("Windows has other rights")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
            try:
                yield folder
            finally:
                os.seteuid(0)
        else:
            yield folder
        for path in folder.iterdir():
            path.chmod(0o700)


def test_unreadable_folder(nobody: Path) -> None:
    tree(nobody, "a", "closed/b")
    (nobody / "closed").chmod(0)
    error = refused(Source(str(nobody)))
    assert (error.code, error.hint) == ("archive.unreadable", MEND_RIGHTS)
    assert error.message == f"{nobody / 'closed'} cannot be read: Permission denied"
    assert names(of(nobody, exclude="closed")) == ["a"]
    assert refused(Source(str(nobody / "closed" / "b"))).code == "archive.unreadable"


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux stores any bytes as a name")
    with open(os.fsencode(tmp_path) + b"/latin-\xe9", "wb"):
        pass
    assert names(of(tmp_path)) == ["latin-\udce9"]


class Item:
    """An item of a folder on Windows."""

    def __init__(self, folder: str, name: str, below: Any) -> None:
        self.name = name
        self.path = f"{folder}\\{name}"
        self.below = below

    def is_symlink(self) -> bool:
        return False

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return isinstance(self.below, dict)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        kind = stat.S_IFREG if self.below is None else stat.S_IFDIR
        return os.stat_result((kind, 0, 0, 1, 0, 0, 5, 0, 0, 0))


def test_a_walk_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names never hold a backslash, and long paths are opened by their extended form."""
    long = "n" * 120
    disk: dict[str, Any] = {"app.py": None, long: {long: {"deep.py": None}}, ".git": {"x": None}}
    opened: list[str] = []

    class Listing:
        def __init__(self, path: str) -> None:
            opened.append(path)
            below = disk
            for part in path.removeprefix("\\\\?\\").split("\\")[2:]:
                below = below[part]
            self.items = [Item(path, *item) for item in below.items()]

        def __enter__(self) -> list[Item]:
            return self.items

        def __exit__(self, *_: object) -> None:
            pass

    def status(path: str) -> os.stat_result:
        opened.append(path)
        return Item("", "", None).stat()

    monkeypatch.setattr(module, "_WINDOWS", True)
    monkeypatch.setattr(module, "_status", status)
    monkeypatch.setattr(os, "scandir", Listing)
    walk = module._Walk(Source("unused"), "C:\\src", "top", frozenset())
    walk.run()
    assert [entry.name for entry in walk.entries] == ["top/app.py", f"top/{long}/{long}/deep.py"]
    assert walk.left_out == [(".git/", "version control")]
    deep = f"C:\\src\\{long}\\{long}"
    assert opened == [
        "C:\\src",
        "C:\\src\\app.py",
        f"C:\\src\\{long}",
        f"\\\\?\\{deep}",
        f"\\\\?\\{deep}\\deep.py",
    ]
