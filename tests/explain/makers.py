"""Zips of one tree, made by other tools: each by the tool itself, in the tool's own way."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random

import pytest

from fetched import go_tool, kept, tool

BUILD_LAMBDA_ZIP = ("github.com/aws/aws-lambda-go/cmd/build-lambda-zip", "v1.49.0")
NPM = {"archiver": "7.0.1", "bestzip": "2.2.7", "deterministic-zip": "1.1.0", "jszip": "3.10.1",
       "yazl": "3.3.1", "adm-zip": "0.5.16"}  # fmt: skip
SAM = ("aws-sam-cli==1.170.0",)

Make = Callable[[Path, Path], None]
"""Packs the tree (first) into a zip (second)."""


def tree(folder: Path) -> Path:
    """A small function: a script to run, two folders, a file that packs well and an empty one."""
    (folder / "lib/deep").mkdir(parents=True)
    (folder / "bootstrap").write_text("#!/bin/sh\nexec true\n", encoding="utf-8")
    (folder / "bootstrap").chmod(0o755)
    (folder / "app.py").write_text("print('hello')\n" * 40, encoding="utf-8")
    (folder / "lib/deep/words.txt").write_text(words(20_000), encoding="utf-8")
    (folder / "lib/empty").touch()
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


def words(count: int) -> str:
    """Text that engines and levels pack in different ways: words, some more frequent than others."""
    dice = Random(1)
    known = ["".join(dice.choices("etaoinshrdlu", k=dice.randint(2, 9))) for _ in range(900)]
    return " ".join(known[int(dice.random() ** 3 * len(known))] for _ in range(count))


def files(folder: Path) -> list[str]:
    """The files' names, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def need(program: str, how: str) -> str:
    """The program's path. Skips where it is missing."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is missing: {how}")
    return found


def run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> None:
    """Run a tool in UTC, so that it writes the same local times everywhere."""
    around = {**os.environ, "TZ": "UTC", **(env or {})}
    done = subprocess.run(command, cwd=cwd, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def info_zip(*flags: str) -> Make:
    def make(folder: Path, out: Path) -> None:
        run(need("zip", "apt-get install zip"), "-q", *flags, "-r", str(out), ".", cwd=folder)

    return make


def seven_zip(folder: Path, out: Path) -> None:
    run(need("7z", "apt-get install p7zip-full"), "a", "-tzip", str(out), ".", cwd=folder)


def python_zipfile(folder: Path, out: Path) -> None:
    run(sys.executable, "-m", "zipfile", "-c", str(out), *sorted(os.listdir(folder)), cwd=folder)


def python_level(level: int) -> Make:
    def make(folder: Path, out: Path) -> None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as opened:
            for name in files(folder):
                opened.write(folder / name, name)

    return make


def jar(folder: Path, out: Path) -> None:
    run(need("jar", "apt-get install default-jdk-headless"), "cf", str(out), ".", cwd=folder)


def stripped(folder: Path, out: Path) -> None:
    info_zip("-X")(folder, out)
    tool = need("strip-nondeterminism", "apt-get install strip-nondeterminism")
    run(tool, "-t", "zip", str(out), cwd=folder)


GO_PROGRAM = """package main

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func main() {
	out, _ := os.Create(os.Args[2])
	writer := zip.NewWriter(out)
	filepath.Walk(os.Args[1], func(path string, info fs.FileInfo, err error) error {
		if info.IsDir() {
			return nil
		}
		name, _ := filepath.Rel(os.Args[1], path)
		header, _ := zip.FileInfoHeader(info)
		header.Name, header.Method = name, zip.Deflate
		if os.Args[3] == "zero" {
			header.SetModTime(time.Time{})
		}
		file, _ := writer.CreateHeader(header)
		content, _ := os.ReadFile(path)
		file.Write(content)
		return nil
	})
	writer.Close()
	out.Close()
}
"""
"""Go's archive/zip. With `zero` it calls it as terraform-provider-archive's zip_archiver.go does."""


@cache
def go_zipper() -> str:
    go = need("go", "install it from https://go.dev/dl")

    def fill(folder: Path) -> None:
        (folder / "go.mod").write_text("module example.com/zipper\n\ngo 1.24\n", encoding="utf-8")
        (folder / "main.go").write_text(GO_PROGRAM, encoding="utf-8")
        run(go, "build", "-o", "zipper", ".", cwd=folder, env={"GOFLAGS": "", "GOWORK": "off"})

    with_go = subprocess.run([go, "env", "GOVERSION"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(GO_PROGRAM.encode() + with_go).hexdigest()
    return str(kept(f"go-zipper-{digest[:12]}", fill) / "zipper")


def go_zip(folder: Path, out: Path) -> None:
    run(go_zipper(), str(folder), str(out), "times", cwd=folder)


def archive_file(folder: Path, out: Path) -> None:
    run(go_zipper(), str(folder), str(out), "zero", cwd=folder)


def build_lambda_zip(folder: Path, out: Path) -> None:
    rest = [name for name in files(folder) if name != "bootstrap"]
    need("go", "install it from https://go.dev/dl")
    run(str(go_tool(*BUILD_LAMBDA_ZIP)), "-o", str(out), "bootstrap", *rest, cwd=folder)


@cache
def node_modules() -> Path:
    """The packages of NPM."""
    npm = need("npm", "apt-get install npm")

    def fill(folder: Path) -> None:
        (folder / "package.json").write_text("{}", encoding="utf-8")
        packages = [f"{name}@{version}" for name, version in NPM.items()]
        run(npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages, cwd=folder)

    return kept("npm-" + "-".join(f"{name}{version}" for name, version in NPM.items()), fill)


def node(script: str) -> Make:
    """A call of an npm package; `folder`, `out`, `names` and `fs` are there."""

    def make(folder: Path, out: Path) -> None:
        head = "const [folder, out, ...names] = process.argv.slice(1); const fs = require('fs');"
        program = need("node", "apt-get install nodejs")
        # bestzip takes Info-ZIP where it finds it: the PATH is empty.
        words = ["-e", head + script, str(folder), str(out), *files(folder)]
        run(program, *words, cwd=node_modules(), env={"PATH": ""})

    return make


def sam(folder: Path, out: Path) -> None:
    script = "import sys; from samcli.lib.package.utils import make_zip_with_lambda_permissions as make"
    run(
        str(tool("python", *SAM)),
        "-c",
        f"{script}; make(*sys.argv[1:])",
        str(out.with_suffix("")),
        str(folder),
        cwd=folder,
    )


LIGHT: dict[str, tuple[Make, str]] = {
    "Info-ZIP": (info_zip(), "looks like it was made by Info-ZIP zip"),
    "Info-ZIP -X": (info_zip("-X"), "looks like it was made by Info-ZIP zip"),
    "Info-ZIP -9": (info_zip("-9"), "looks like it was made by Info-ZIP zip"),
    "7-Zip": (seven_zip, "looks like it was made by 7-Zip"),
    "python -m zipfile": (python_zipfile, "looks like it was made by Python's zipfile"),
    "zipfile 9": (python_level(9), "may have been made by Python's zipfile"),
    "jar": (jar, "looks like it was made by Java's jar"),
    "strip-nondeterminism": (
        stripped, "looks like it was made by Info-ZIP zip, then strip-nondeterminism",
    ),
}  # fmt: skip
"""Tools of a Debian system, and what `maker` must say."""

HEAVY: dict[str, tuple[Make, str]] = {
    "archive/zip": (go_zip, "looks like it was made by Go's archive/zip"),
    "archive_file": (archive_file, "looks like it was made by Terraform's archive_file"),
    "build-lambda-zip": (build_lambda_zip, "looks like it was made by build-lambda-zip"),
    "SAM": (sam, "may have been made by Python's zipfile (SAM CLI or another)"),
    "bestzip": (
        node(
            "const source = ['app.py', 'bootstrap', 'lib'];"
            "require('bestzip').nodeZip({cwd: folder, source, destination: out})"
        ),
        "looks like it was made by npm's archiver (bestzip and others)",
    ),
    "Serverless": (
        node(
            "const zip = require('archiver')('zip'); zip.pipe(fs.createWriteStream(out));"
            "for (const name of names) zip.append(fs.readFileSync(folder + '/' + name), {name, mode: 0o644, "
            "date: new Date(0)}); zip.finalize()"
        ),
        "may have been made by npm's archiver, as the Serverless Framework calls it",
    ),
    "yazl": (
        node(
            "const zip = new (require('yazl').ZipFile)();"
            "for (const name of names) zip.addFile(folder + '/' + name, name);"
            "zip.outputStream.pipe(fs.createWriteStream(out)); zip.end()"
        ),
        "looks like it was made by npm's yazl",
    ),
    "jszip": (
        node(
            "const zip = new (require('jszip'))();"
            "for (const name of names) zip.file(name, fs.readFileSync(folder + '/' + name));"
            "zip.generateAsync({type: 'nodebuffer', compression: 'DEFLATE', platform: 'UNIX'})"
            ".then(data => fs.writeFileSync(out, data))"
        ),
        "looks like it was made by npm's jszip",
    ),
    "adm-zip": (
        node("const zip = new (require('adm-zip'))(); zip.addLocalFolder(folder); zip.writeZip(out)"),
        "may have been made by npm's adm-zip",
    ),
    "deterministic-zip": (
        node(
            "const options = {includes: ['./**'], excludes: [], cwd: folder};"
            "require('deterministic-zip')(folder, out, options, error => {if (error) throw error})"
        ),
        "looks like it was made by npm's deterministic-zip",
    ),
}
"""Tools that are fetched or compiled first."""


def make(name: str, folder: Path, out: Path) -> Path:
    """A tool's zip of a tree. Skips where the tool is missing."""
    (LIGHT | HEAVY)[name][0](folder, out)
    return out


def names_of(kinds: Sequence[str]) -> list[object]:
    """Test parameters, the heavy ones marked for the second ring."""
    return [pytest.param(name, marks=pytest.mark.ring2) if name in HEAVY else name for name in kinds]
