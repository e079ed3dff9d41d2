"""Projects of many functions and files for the benchmarks of whole builds, made once and kept."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from inputs import CACHE, SMALL, onezip, tree

GO, PYTHON, PACKAGES, FILES = 80, 20, 96, 20
"""Functions of each language; packages of the module, and files in each."""


def made(name: str, fill: Callable[[Path], None]) -> Path:
    """A folder of the cache that is filled once."""
    folder = CACHE / name
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        fill(folder)
        (folder / "done").touch()
    return folder


def large_tree() -> Path:
    """A Python function whose own source is some 130 MB of packages."""

    def fill(folder: Path) -> None:
        shutil.copytree(tree(), folder / "src")
        (folder / "src/app.py").write_text("def handler(event, context):\n    return 1\n")
        (folder / "onezip.toml").write_text(
            '[functions.f]\nsource = "src"\nruntime = "python3.13"\nhandler = "app.handler"\n'
            'python.requirements = ""\n'
        )

    return made("large-tree", fill)


def hundred() -> Path:
    """80 Go functions of one module with 2,000 files that each of them uses, 20 Python ones of 50 files."""

    def fill(folder: Path) -> None:
        described = []
        (folder / "go").mkdir()
        (folder / "go/go.mod").write_text("module example.com/hundred\n\ngo 1.24\n")
        for number in range(PACKAGES):
            package = folder / f"go/internal/p{number:02}"
            package.mkdir(parents=True)
            for file in range(FILES):
                (package / f"f{file:02}.go").write_text(
                    f"package p{number:02}\n\nfunc F{file}() int {{ return {number * file} }}\n"
                )
        uses = "\n".join(f'\t"example.com/hundred/internal/p{number:02}"' for number in range(PACKAGES))
        calls = " + ".join(f"p{number:02}.F0()" for number in range(PACKAGES))
        for number in range(GO):
            main = folder / f"go/cmd/f{number:02}/main.go"
            main.parent.mkdir(parents=True)
            main.write_text(
                f"package main\n\nimport (\n{uses}\n)\n\nfunc main() {{ println({number} + {calls}) }}\n"
            )
            described.append(f'[functions.go{number:02}]\nsource = "go/cmd/f{number:02}"\n')
        for number in range(PYTHON):
            source = folder / f"python/f{number:02}"
            source.mkdir(parents=True)
            for file in range(50):
                (source / f"m{file:02}.py").write_text(f"x = {number * file}\n")
            (source / "m00.py").write_text("def handler(event, context):\n    return 1\n")
            described.append(
                f'[functions.py{number:02}]\nsource = "python/f{number:02}"\nruntime = "python3.13"\n'
                'handler = "m00.handler"\n'
            )
        (folder / "onezip.toml").write_text("\n".join(described))
        onezip(folder)

    return made("hundred", fill)


def one() -> Path:
    """One Go function of one file."""

    def fill(folder: Path) -> None:
        (folder / "go.mod").write_text("module example.com/one\n\ngo 1.24\n")
        (folder / "main.go").write_text("package main\n\nfunc main() { println(1) }\n")
        (folder / "onezip.toml").write_text('[functions.one]\nsource = "."\n')
        onezip(folder)

    return made("one", fill)


def twenty() -> Path:
    """20 Go functions of one module that answer events by aws-lambda-go."""

    def fill(folder: Path) -> None:
        (folder / "go.mod").write_text("module example.com/twenty\n\ngo 1.24\n")
        described = []
        for number in range(20):
            main = folder / f"cmd/f{number:02}/main.go"
            main.parent.mkdir(parents=True)
            main.write_text(SMALL.replace("len(e.Records)", f"len(e.Records) + {number}"))
            described.append(f'[functions.f{number:02}]\nsource = "cmd/f{number:02}"\n')
        (folder / "onezip.toml").write_text("\n".join(described))
        subprocess.run(["go", "get", "github.com/aws/aws-lambda-go@v1.49.0"], cwd=folder, check=True)
        subprocess.run(["go", "mod", "tidy"], cwd=folder, check=True)

    return made("twenty", fill)
