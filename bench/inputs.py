"""What the benchmarks work on, made once and kept: real programs, real wheels, and many small files."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "onezip-bench"

BIG = """\
package main

import (
	"os"
	"text/template"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/ec2"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func main() {
	c, _ := kubernetes.NewForConfig(&rest.Config{})
	e := ec2.New(session.Must(session.NewSession()))
	_ = template.Must(template.New("t").Parse(os.Args[0])).Execute(os.Stdout, e) // keeps every method
	lambda.Start(func() (any, error) { return []any{c, e}, nil })
}
"""

SMALL = """\
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, e events.SNSEvent) (int, error) { return len(e.Records), nil })
}
"""

TREE = """\
botocore==1.40.0
numpy==2.3.5
pandas==2.3.3
"""


def go_project(name: str) -> Path:
    """A project with one Go function called `f`: `big` (a 60 MB binary) or `small` (some 8 MB unstripped)."""
    folder = CACHE / name
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "src").mkdir(parents=True)
        (folder / "src/main.go").write_text(BIG if name == "big" else SMALL)
        (folder / "src/go.mod").write_text(f"module example.com/{name}\n\ngo 1.24\n")
        (folder / "onezip.toml").write_text('[functions.f]\nsource = "src"\n')
        for version in ("github.com/aws/aws-lambda-go@v1.49.0", "github.com/aws/aws-sdk-go@v1.55.8"):
            if name == "big" or "lambda" in version:
                subprocess.run(["go", "get", version], cwd=folder / "src", check=True)
        if name == "big":
            subprocess.run(["go", "get", "k8s.io/client-go@v0.34.1"], cwd=folder / "src", check=True)
        subprocess.run(["go", "mod", "tidy"], cwd=folder / "src", check=True)
        onezip(folder)
        (folder / "done").touch()
    return folder


def onezip(folder: Path) -> None:
    """Build a project once, so that the next build has nothing to do."""
    subprocess.run([sys.executable, "-m", "onezip", "build"], cwd=folder, env=surroundings(), check=True)


def surroundings() -> dict[str, str]:
    """The environment of the benchmarks: caches and state of their own."""
    return {**os.environ, "ONEZIP_HOME": str(CACHE / "home")}


def bootstrap() -> Path:
    """The 60 MB program by itself."""
    path = CACHE / "program/bootstrap"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = go_project("big")
        subprocess.run(["unzip", "-q", "-o", folder / "dist/f.zip", "-d", path.parent], check=True)
    return path


def tree() -> Path:
    """Some 130 MB of real dependencies, as an installer leaves them."""
    folder = CACHE / "tree"
    if not (CACHE / "tree.done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        wanted = CACHE / "tree.txt"
        wanted.parent.mkdir(parents=True, exist_ok=True)
        wanted.write_text(TREE)
        subprocess.run(
            uv("pip", "install", "--target", str(folder), *PLATFORM, "-r", str(wanted)), check=True
        )
        (CACHE / "tree.done").touch()
    return folder


PLATFORM = (
    "--python-platform",
    "x86_64-manylinux_2_34",
    "--python-version",
    "3.13",
    "--only-binary",
    ":all:",
)


def uv(*words: str) -> list[str]:
    """A command line of the uv that onezip uses."""
    from onezip.builder.uv import uv as find

    return [find().path, *words]


def many_files() -> Path:
    """20,000 small files of text in 200 folders, the same on every machine."""
    folder = CACHE / "many"
    if not (CACHE / "many.done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        chance = random.Random(1)
        words = ["lambda", "zip", "entry", "bytes", "handler", "event", "return", "import", "def", "class"]
        for number in range(20_000):
            place = folder / f"package{number % 200:03}" / f"module{number:05}.py"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(" ".join(chance.choices(words, k=chance.randint(20, 400))))
        (CACHE / "many.done").touch()
    return folder


def build_lambda_zip() -> str:
    """AWS's own zip tool for Go on Windows, installed by `go install`."""
    path = CACHE / "bin/build-lambda-zip"
    if not path.exists():
        subprocess.run(
            ["go", "install", "github.com/aws/aws-lambda-go/cmd/build-lambda-zip@v1.49.0"],
            env={**os.environ, "GOBIN": str(CACHE / "bin")},
            check=True,
        )
    return str(path)
