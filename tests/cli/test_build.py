"""`onezip build`, as its users run it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from builder.go_driver import needs_go
from cli.onezip_cli import PLAIN, SAMPLES, Said, onezip, plain, project

BOTH = """\
[defaults]
architecture = "arm64"

[functions.go]
source = "go_hello"

[functions.go.go]
version = "1.26.8"

[functions.py]
source = "python_hello"
runtime = "python3.12"
handler = "app.handler"
"""


def digests(said: Said) -> dict[str, str]:
    assert said.code == 0, said.err
    return {each["function"]: each["sha256"] for each in said.result["functions"]}


def statuses(said: Said) -> dict[str, str]:
    assert said.code == 0, said.err
    return {each["function"]: each["status"] for each in said.result["functions"]}


@needs_go
def test_the_same_bytes_whatever_the_surroundings(tmp_path: Path) -> None:
    samples = {"go_hello": "go_hello", "python_hello": "python_hello"}
    first = digests(onezip(project(tmp_path / "a", BOTH, **samples), "build", "--json"))
    goenv = tmp_path / "goenv"
    goenv.write_text("GOFLAGS=-ldflags=-X=main.stray=1\nGOARM64=v9.0\n")
    variants: list[tuple[str, int, dict[str, str]]] = [
        ("umask 077", 0o077, {}),
        ("umask 002 in a folder with blanks and ünïcode", 0o002, {"TZ": "Pacific/Kiritimati"}),
        ("stray settings", 0o022, {"GOFLAGS": "-tags=other", "GOENV": str(goenv), "SOURCE_DATE_EPOCH": "1"}),
        ("C", -1, {"LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"}),
    ]
    for name, umask, env in variants:
        folder = project(tmp_path / name, BOTH, **samples)
        for number, path in enumerate(sorted(folder.rglob("*"))):
            if path.is_file():
                os.utime(path, (number, number))  # 1970: before what a zip can say
                path.chmod(0o600)
        assert digests(onezip(folder, "build", "--json", env=env, umask=umask)) == first, name


def test_what_a_build_leaves(tmp_path: Path) -> None:
    said = onezip(plain(tmp_path), "build", "--json")
    (built,) = said.result["functions"]
    assert sorted(os.listdir(tmp_path / "dist")) == ["plain.json", "plain.zip"]
    assert built["path"] == os.path.join("dist", "plain.zip")
    record = json.loads((tmp_path / "dist/plain.json").read_text())
    assert record == {key: value for key, value in built.items() if key not in {"path", "status"}}
    assert list(record)[:6] == ["version", "function", "zip", "sha256", "code_sha256", "size"]
    assert (record["runtime"], record["architecture"], record["handler"]) == (
        "python3.13",
        "x86_64",
        "lambda_function.lambda_handler",
    )
    assert record["engine"] == "deflate 0.9.0 level 6"
    assert str(tmp_path) not in (tmp_path / "dist/plain.json").read_text()
    with zipfile.ZipFile(tmp_path / "dist/plain.zip") as opened:
        assert opened.namelist() == ["lambda_function.py"]
    assert record["size"] == (tmp_path / "dist/plain.zip").stat().st_size


def test_the_record_is_the_same_on_another_machine(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert onezip(plain(tmp_path / folder), "build").code == 0
    assert (tmp_path / "a/dist/plain.json").read_bytes() == (tmp_path / "b/dist/plain.json").read_bytes()


def test_quiet_prints_paths_in_the_order_asked(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN + PLAIN.replace("functions.plain", "functions.second"))
    said = onezip(tmp_path, "build", "second", "plain", "--quiet", "-o", "out")
    assert (said.code, said.err) == (0, "")
    assert said.out.split() == [os.path.join("out", "second.zip"), os.path.join("out", "plain.zip")]
    elsewhere = onezip(
        tmp_path.parent, "-C", str(tmp_path), "build", "plain", "--quiet", home=tmp_path / ".home"
    )
    assert elsewhere.out.strip() == str(tmp_path / "dist/plain.zip")


def test_unchanged_changed_touched_and_back(tmp_path: Path) -> None:
    plain(tmp_path)
    source = tmp_path / "plain/lambda_function.py"

    def build(*words: str) -> str:
        return statuses(onezip(tmp_path, "build", "--json", *words))["plain"]

    assert build() == "built"
    zip_time = (tmp_path / "dist/plain.zip").stat().st_mtime_ns
    assert build() == "unchanged"
    source.touch()
    assert build() == "unchanged"
    old = source.read_text()
    times = source.stat()
    source.write_text(old.replace("return event", "return other"))
    os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))  # the same size and the same mtime
    assert build() == "built"
    source.write_text(old)
    assert build() == "cached"
    assert build() == "unchanged"
    assert zip_time < (tmp_path / "dist/plain.zip").stat().st_mtime_ns
    (tmp_path / "plain/new.py").write_text("")
    assert build() == "built"
    (tmp_path / "plain/new.py").unlink()
    assert build() == "cached"
    assert build("--force") == "built"


def test_a_spoiled_output_is_made_anew(tmp_path: Path) -> None:
    plain(tmp_path)
    first = digests(onezip(tmp_path, "build", "--json"))
    path = tmp_path / "dist/plain.zip"
    good = path.read_bytes()
    for spoil in (b"", good[:-1] + b"x"):
        path.write_bytes(spoil)
        assert digests(onezip(tmp_path, "build", "--json")) == first
        assert path.read_bytes() == good
    path.unlink()
    assert statuses(onezip(tmp_path, "build", "--json")) == {"plain": "cached"}
    (tmp_path / "dist/plain.json").unlink()
    assert onezip(tmp_path, "build").code == 0
    assert (tmp_path / "dist/plain.json").exists()


def test_a_spoiled_cache_is_a_miss_with_a_notice(tmp_path: Path) -> None:
    plain(tmp_path)
    first = digests(onezip(tmp_path, "build", "--json"))
    (kept,) = (tmp_path / ".home/cache/v1/zips").iterdir()
    data = bytearray(kept.read_bytes())
    data[40] ^= 1
    kept.write_bytes(data)
    shutil.rmtree(tmp_path / "dist")
    said = onezip(tmp_path, "build", "--json")
    assert digests(said) == first
    assert statuses(said) == {"plain": "built"}
    assert [each["code"] for each in said.diagnostics] == ["cache.corrupt"]


def test_another_setting_and_an_unrelated_one(tmp_path: Path) -> None:
    plain(tmp_path)
    assert statuses(onezip(tmp_path, "build", "--json")) == {"plain": "built"}
    plain(tmp_path, PLAIN + "memory = 512\n")
    assert statuses(onezip(tmp_path, "build", "--json")) == {"plain": "unchanged"}
    plain(tmp_path, PLAIN + 'compression = "none"\n')
    assert statuses(onezip(tmp_path, "build", "--json")) == {"plain": "built"}


def test_plan_builds_nothing(tmp_path: Path) -> None:
    plain(tmp_path)
    said = onezip(tmp_path, "build", "--plan", "--json")
    assert said.code == 0
    assert said.result["functions"][0]["would"] == "be built"
    assert not (tmp_path / "dist").exists()
    onezip(tmp_path, "build")
    assert onezip(tmp_path, "build", "--plan", "--json").result["functions"][0]["would"].startswith("stay")


def test_one_failure_does_not_hide_the_others(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN + '[functions.bad]\nsource = "nowhere"\nruntime = "python3.13"\nhandler = "a.b"\n')
    said = onezip(tmp_path, "build", "--json")
    assert said.code == 2
    assert [each["function"] for each in said.result["functions"]] == ["plain"]
    assert said.result["failed"] == ["bad"]
    assert said.diagnostics[-1]["code"] == "project.source"


def test_words_for_what_is_left_out(tmp_path: Path) -> None:
    plain(tmp_path)
    (tmp_path / "plain/.env").write_text("SECRET=1")
    said = onezip(tmp_path, "build", "--verbose")
    assert "left out .env (may hold secrets)" in said.err
    with zipfile.ZipFile(tmp_path / "dist/plain.zip") as opened:
        assert opened.namelist() == ["lambda_function.py"]


def test_extra_files(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN + 'files = { "shared" = "lib/shared", "LICENSE" = "licences/" }\n')
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/x.py").write_text("x = 1\n")
    (tmp_path / "LICENSE").write_text("free\n")
    assert onezip(tmp_path, "build").code == 0
    with zipfile.ZipFile(tmp_path / "dist/plain.zip") as opened:
        assert opened.namelist() == ["lambda_function.py", "lib/shared/x.py", "licences/LICENSE"]
    (tmp_path / "shared/x.py").write_text("x = 2\n")
    assert statuses(onezip(tmp_path, "build", "--json")) == {"plain": "built"}


def test_a_handler_that_is_not_there(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN.replace("lambda_function.lambda", "lambda_funtion.lambda"))
    said = onezip(tmp_path, "build", "--json")
    assert said.code == 0
    assert [(each["code"], each["severity"]) for each in said.diagnostics] == [("python.handler", "warning")]


def test_deprecated_runtimes_warn(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN.replace("3.13", "3.9"))
    said = onezip(tmp_path, "build", "--json")
    assert (said.code, said.diagnostics[0]["code"]) == (0, "runtime.deprecated")
    assert said.diagnostics[0]["place"] == {"file": "onezip.toml", "line": 1}


@needs_go
def test_compiler_errors_reach_the_user_as_written(tmp_path: Path) -> None:
    project(tmp_path, '[functions.hello]\nsource = "src"\n[functions.hello.go]\nversion = "1.26.8"\n')
    (tmp_path / "src").mkdir()
    (tmp_path / "src/go.mod").write_text("module example.com/broken\n\ngo 1.26.8\n")
    (tmp_path / "src/main.go").write_text("package main\n\nfunc main() {\n\tundefined()\n}\n")
    said = onezip(tmp_path, "build")
    assert said.code == 4
    assert "./main.go:4:2: undefined: undefined" in said.err
    assert "hello: " in said.err
    assert not (tmp_path / "dist/hello.zip").exists()


@needs_go
def test_prebuilt_is_never_believed(tmp_path: Path) -> None:
    project(tmp_path, '[functions.ready]\nsource = "ready"\narchitecture = "arm64"\n')
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.go").write_text("package main\n\nfunc main() {}\n")
    env = {**os.environ, "GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", "../ready", "main.go"], cwd=tmp_path / "src", env=env, check=True)
    said = onezip(tmp_path, "build", "--json")
    assert (said.code, said.diagnostics[0]["code"]) == (4, "prebuilt.architecture")
    project(tmp_path, '[functions.ready]\nsource = "ready"\n')
    assert onezip(tmp_path, "build").code == 0
    with zipfile.ZipFile(tmp_path / "dist/ready.zip") as opened:
        (entry,) = opened.infolist()
    assert (entry.filename, oct(entry.external_attr >> 16)) == ("bootstrap", "0o100755")


@needs_go
@pytest.mark.parametrize("kill", [False, True])
def test_two_builds_of_one_module_at_once(tmp_path: Path, kill: bool) -> None:
    text = '[functions.a]\nsource = "m"\n[functions.b]\nsource = "m"\n[defaults.go]\nversion = "1.26.8"\n'
    project(tmp_path, text)
    (tmp_path / "m").mkdir()
    (tmp_path / "m/go.mod").write_text("module example.com/small\n\ngo 1.26.8\n")
    (tmp_path / "m/main.go").write_text("package main\n\nfunc main() { println(1) }\n")
    want = digests(onezip(tmp_path, "build", "--json", home=tmp_path / "other"))
    shutil.rmtree(tmp_path / "dist")
    env = {**os.environ, "ONEZIP_HOME": str(tmp_path / ".home")}
    for _ in range(5):
        command = [sys.executable, "-m", "onezip", "build", "--force"]
        running = [
            subprocess.Popen([*command, *names], cwd=tmp_path, env=env)
            for names in (["a"], ["b"], ["a", "b"])
        ]
        if kill:
            time.sleep(0.4)
            running[0].send_signal(signal.SIGKILL)
        codes = [process.wait() for process in running]
        assert codes[1:] == [0, 0]
        assert digests(onezip(tmp_path, "build", "--json")) == want


def test_help_and_mistakes_on_the_command_line(tmp_path: Path) -> None:
    plain(tmp_path)
    assert onezip(tmp_path, "--help").code == 0
    assert onezip(tmp_path, "--version").out.startswith("onezip ")
    assert onezip(tmp_path).code == 2
    wrong = onezip(tmp_path, "biuld")
    assert (wrong.code, "did you mean 'build'?" in wrong.err) == (2, True)
    assert onezip(tmp_path, "build", "--nonsense").code == 2
    unknown = onezip(tmp_path, "build", "plian")
    assert (unknown.code, "did you mean 'plain'?" in unknown.err) == (2, True)
    assert SAMPLES.is_dir()
