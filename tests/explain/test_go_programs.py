"""Real Go programs, built in other ways: their own build info tells why they differ."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from explain.driver import causes, codes, rendered
from explain.zips import RUN, Entry, elf, zipped
from fetched import twice
from onezip.archive.explain import Cause
from onezip.archive.goinfo import GoInfo, read_go

GO = shutil.which("go") or ""
pytestmark = pytest.mark.skipif(not GO, reason="Go is missing: install it from https://go.dev/dl")

MAIN = 'package main\n\nvar name = "?"\n\nfunc main() { println(name) }\n'
TAGGED = '//go:build extra\n\npackage main\n\nfunc init() { name = "tagged" }\n'
PLAIN = ("-trimpath", "-buildvcs=false", "-ldflags=-buildid=x")
"""One link for all: the runtime is compiled once."""


def write(folder: Path, main: str = MAIN, module: str = "module example.com/hello\n\ngo 1.24\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    files = {"go.mod": module, "main.go": main, "tagged.go": TAGGED}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def build(folder: Path, *flags: str, env: Mapping[str, str] | None = None) -> bytes:
    """The program, built with these flags and no settings of this machine's user."""
    target = folder.parent / f"{folder.name}.out"
    around = {
        **os.environ, "GOENV": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off",
        "CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "amd64", "GOAMD64": "v1", **(env or {}),
    }  # fmt: skip
    command = [GO, "build", *flags, "-o", str(target), "."]
    done = subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target.read_bytes()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build(write(tmp_path_factory.mktemp("go") / "plain"), *PLAIN)


Explain = Callable[[bytes, bytes], list[Cause]]


@pytest.fixture
def explain(tmp_path: Path) -> Explain:
    def told(a: bytes, b: bytes) -> list[Cause]:
        return causes(tmp_path, *(zipped({"bootstrap": Entry(data, mode=RUN, method=0)}) for data in (a, b)))

    return told


def test_the_build_info_of_a_program(plain: bytes) -> None:
    info = read_go(plain)
    assert info is not None
    version = subprocess.run(
        [GO, "env", "GOVERSION"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert (info.version, info.path, info.main) == (version, "example.com/hello", "example.com/hello")
    assert info.modules == {"example.com/hello": "(devel)"}
    assert info.build_id == "x"
    assert info.settings["-trimpath"] == "true"
    assert info.settings["CGO_ENABLED"] == "0"


def test_it_is_what_go_says(plain: bytes, tmp_path: Path) -> None:
    """`go version -m` reads the same; it is the other reader of this format."""
    program = tmp_path / "program"
    program.write_bytes(plain)
    said = subprocess.run(
        [GO, "version", "-m", str(program)], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.strip("\t").split("\t") for line in said.splitlines()[1:]]
    info = read_go(plain)
    assert info is not None
    assert info.settings == dict(line[1].split("=", 1) for line in lines if line[0] == "build")
    assert [line[1] for line in lines if line[0] == "path"] == [info.path]


def test_without_sections_the_data_segment_is_searched(plain: bytes) -> None:
    bare = bytearray(plain)
    bare[0x28:0x30] = bytes(8)  # e_shoff
    bare[0x3C:0x40] = bytes(4)  # e_shnum, e_shstrndx
    info = read_go(bytes(bare))
    assert info is not None
    assert info.path == "example.com/hello"


@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF", elf(), elf(code=b"\xff Go buildinf:"), b"\xff Go buildinf:" * 9]
)
def test_no_build_info(data: bytes) -> None:
    assert read_go(data) is None


def test_the_older_form_with_pointers_is_not_read(plain: bytes) -> None:
    """Before Go 1.18 the strings stood elsewhere: flag 2 is not set."""
    older = bytearray(plain)
    older[plain.find(b"\xff Go buildinf:") + 15] &= ~2
    assert read_go(bytes(older)) is None


def test_a_damaged_program_is_read_without_a_crash(plain: bytes) -> None:
    place = plain.find(b"\xff Go buildinf:")
    for cut in (*range(0, 1024, 41), place, place + 16, place + 33, place + 60, len(plain) - 700):
        info = read_go(plain[:cut])
        assert info is None or isinstance(info, GoInfo)
    for at in (*range(0, 600, 7), *range(place, place + 100)):
        flipped = bytearray(plain)
        flipped[at] ^= 0xFF
        info = read_go(bytes(flipped))
        assert info is None or isinstance(info, GoInfo)


def test_another_go(plain: bytes, explain: Explain) -> None:
    version = read_go(plain)
    assert version is not None
    other = version.version[:-1] + ("1" if version.version[-1] != "1" else "2")
    found = explain(plain, plain.replace(version.version.encode(), other.encode()))
    assert codes(found) == {"toolchain"}
    assert found[0].summary == f"bootstrap: built by other Go versions: {version.version} here, {other} there"


def test_without_trimpath_in_two_folders(tmp_path: Path, explain: Explain) -> None:
    flags = "-buildvcs=false", "-ldflags=-buildid=x"
    one, other = (build(write(tmp_path / name / "hello"), *flags) for name in ("one", "other"))
    found = explain(one, other)
    assert codes(found) == {"go-trimpath"}
    assert f"in other folders: {tmp_path}/one/hello here, {tmp_path}/other/hello there" in found[0].summary


def test_trimpath_on_one_side(tmp_path: Path, plain: bytes, explain: Explain) -> None:
    found = explain(plain, build(write(tmp_path / "hello"), "-buildvcs=false", "-ldflags=-buildid=x"))
    assert codes(found) == {"go-trimpath"}
    assert "built with -trimpath only here" in found[0].summary
    assert f"{tmp_path}/hello there" in found[0].detail


def test_trimpath_on_both_sides_hides_the_folder(tmp_path: Path, plain: bytes, explain: Explain) -> None:
    assert explain(plain, build(write(tmp_path / "hello"), *PLAIN)) == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("-tags=extra",), "built with another -tags: not set here, extra there"),
        (("-ldflags=-s -w -buildid=x",), "symbols and debug information only here (-ldflags=-s)"),
        (("-ldflags=-buildid=",), "Go's build id only here (-ldflags=-buildid=)"),
    ],
)
def test_other_settings(
    flags: tuple[str, ...], words: str, tmp_path: Path, plain: bytes, explain: Explain
) -> None:
    found = explain(plain, build(write(tmp_path / "hello"), *PLAIN, *flags))
    assert codes(found) == {"go-setting"}
    assert words in rendered(found)


def test_ldflags_are_recorded_without_trimpath(tmp_path: Path, explain: Explain) -> None:
    folder = write(tmp_path / "hello")
    one, other = (
        build(folder, "-buildvcs=false", f"-ldflags=-buildid=x{more}") for more in ("", " -X main.name=n")
    )
    found = explain(one, other)
    assert codes(found) == {"go-setting"}
    assert "-ldflags: -buildid=x here, -buildid=x -X main.name=n there" in found[0].summary


def test_other_source_and_other_ldflags(tmp_path: Path, explain: Explain) -> None:
    """With Go's own build ids, the main package can be told from the link."""
    flags = "-trimpath", "-buildvcs=false"
    one = build(write(tmp_path / "one"), *flags)
    linked = explain(one, build(write(tmp_path / "two"), *flags, "-ldflags=-X main.name=n"))
    assert codes(linked) == {"go-code"}
    assert "from the same main package, with other -ldflags or other packages" in linked[0].summary
    source = explain(one, build(write(tmp_path / "three", MAIN.replace("?", "!")), *flags))
    assert codes(source) == {"go-code"}
    assert "from a main package with other source" in source[0].summary


def test_the_stamp_of_a_commit(tmp_path: Path, plain: bytes, explain: Explain) -> None:
    folder = write(tmp_path / "hello")
    if shutil.which("git") is None:
        pytest.skip("git is missing: apt-get install git")
    who = ["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)
    stamped = build(folder, "-trimpath", "-buildvcs=true", "-ldflags=-buildid=x")
    found = explain(plain, stamped)
    assert codes(found) == {"go-vcs"}
    assert found[0].summary == "bootstrap: a VCS stamp only there"
    (folder / "other.txt").write_text("x", encoding="utf-8")
    changed = explain(stamped, build(folder, "-trimpath", "-buildvcs=true", "-ldflags=-buildid=x"))
    assert codes(changed) == {"go-vcs"}
    assert changed[0].summary.endswith(" with changes there")


def test_other_versions_of_modules(tmp_path: Path, explain: Explain) -> None:
    """A dependency in two versions, both from folders of this machine."""
    programs = []
    for version in ("v1.0.0", "v1.1.0"):
        folder = tmp_path / version
        (folder / "dep").mkdir(parents=True)
        (folder / "dep/go.mod").write_text("module example.com/dep\n\ngo 1.24\n", encoding="utf-8")
        text = f'package dep\n\nconst Version = "{version}"\n'
        (folder / "dep/dep.go").write_text(text, encoding="utf-8")
        module = (
            f"module example.com/hello\n\ngo 1.24\n\nrequire example.com/dep {version}\n\n"
            f"replace example.com/dep {version} => ./dep\n"
        )
        main = MAIN.replace("var name", 'import "example.com/dep"\n\nvar name').replace(
            "name)", "dep.Version)"
        )
        programs.append(build(write(folder, main, module), *PLAIN))
    found = explain(*programs)
    assert codes(found) == {"go-module"}
    assert "example.com/dep v1.0.0 => ./dep (devel) here, v1.1.0 => ./dep (devel) there" in found[0].summary


@pytest.mark.ring2
@pytest.mark.parametrize(
    ("variables", "expected", "words"),
    [
        (
            {"GOARCH": "arm64"},
            {"architecture"},
            "an executable for x86_64 here, an executable for arm64 there",
        ),
        ({"GOAMD64": "v3"}, {"go-setting"}, "built with another GOAMD64: v1 here, v3 there"),
    ],
)
def test_other_variables(
    variables: dict[str, str], expected: set[str], words: str, tmp_path: Path, explain: Explain
) -> None:
    first = build(write(tmp_path / "hello"), *PLAIN)
    found = explain(first, build(tmp_path / "hello", *PLAIN, env=variables))
    assert codes(found) == expected, rendered(found)
    assert words in rendered(found)


@pytest.mark.ring2
def test_another_toolchain(tmp_path: Path, explain: Explain) -> None:
    folder = write(tmp_path / "hello")
    for version in ("go1.26.6", "go1.26.7"):
        assert twice([GO, "version"], {**os.environ, "GOTOOLCHAIN": version}).returncode == 0
    one, other = (build(folder, *PLAIN, env={"GOTOOLCHAIN": version}) for version in ("go1.26.6", "go1.26.7"))
    found = explain(one, other)
    assert found[0].summary == "bootstrap: built by other Go versions: go1.26.6 here, go1.26.7 there"
