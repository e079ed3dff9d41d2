"""SAM: templates that are exported, templates that are built, and what the real SAM CLI makes of both."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from builder.go_driver import needs_go
from cli.onezip_cli import onezip
from deploy.parts import VERSITYGW, running
from export.driver import FULL, HELLO, LAYERED, exported, golden, shipment
from export.sam_cases import BELOW, TEMPLATE
from fetched import go_tool, tool
from onezip.deployer.export.sam_build import Ready, rewritten
from onezip.errors import ProjectError
from ports import reserved

SAM = ("sam", "aws-sam-cli==1.170.0")


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags as one-key tables."""


Loader.add_multi_constructor(
    "!",
    lambda loader, tag, node: {
        tag: loader.construct_scalar(node)
        if isinstance(node, yaml.ScalarNode)
        else loader.construct_sequence(node)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_mapping(node, deep=True)
    },
)


def load(text: str) -> Any:
    return yaml.load(text, Loader=Loader)


def test_golden() -> None:
    golden("sam.yaml", exported("sam", shipment()))
    golden("sam-layer.yaml", exported("sam", shipment(LAYERED)))
    golden("sam-below.yaml", exported("sam", shipment(HELLO, FULL, to_root="..")))


ZIPS = {
    "Hello": Ready("../../dist/Hello.zip", "python3.13", "app.handler"),
    "Old": Ready("../../dist/Old.zip", "provided.al2023", "bootstrap"),
    "Plain": Ready("../../dist/Plain.zip", "python3.13", "app.handler"),
    "Below-Hello": Ready("../../../dist/Below-Hello.zip", "python3.13", "app.handler"),
}


def test_only_paths_and_closed_runtimes_are_rewritten() -> None:
    made = rewritten(TEMPLATE, "template.yaml", ZIPS, up="../..")
    assert made.functions == {"Hello", "Old", "Plain"}
    assert made.stacks == {"Below": "below/template.yaml"}
    golden("sam-built.yaml", made.text)
    was, now = load(TEMPLATE), load(made.text)
    for path, value in (
        ("Hello.CodeUri", "../../dist/Hello.zip"),
        ("Old.CodeUri", "../../dist/Old.zip"),
        ("Old.Runtime", "provided.al2023"),
        ("Old.Handler", "bootstrap"),
        ("Plain.Code", "../../dist/Plain.zip"),
        ("Page.CodeUri", "../../page"),
        ("Layer.ContentUri", "../../layer"),
        ("Machine.DefinitionUri", "../../../machine.asl.json"),
        ("Api.DefinitionBody.Fn::Transform.Parameters.Location", "../../api.yaml"),
        ("Job.Command.ScriptLocation", "../../job.py"),
        ("Below.Location", "Below/template.yaml"),
    ):
        logical, *keys = path.split(".")
        old, new = was["Resources"][logical]["Properties"], now["Resources"][logical]["Properties"]
        for key in keys[:-1]:
            old, new = old[key], new[key]
        assert new[keys[-1]] == value
        old[keys[-1]] = value
    assert now == was


def test_nested_stacks_and_json() -> None:
    below = rewritten(BELOW, "template.yaml", ZIPS, up="../../../below", prefix="Below-")
    assert below.functions == {"Below-Hello"}
    assert "../../../dist/Below-Hello.zip" in below.text
    as_json = rewritten("\ufeff" + json.dumps(load(BELOW), indent="\t"), "template.json", ZIPS, up="../..")
    assert load(as_json.text)["Resources"]["Hello"]["Properties"]["CodeUri"] == "../../dist/Hello.zip"
    with pytest.raises(ProjectError):
        rewritten("[]", "template.yaml", {}, up=".")


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


APP = "def handler(event, context):\n    return event\n"
SMALL = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/, Handler: app.handler, Runtime: python3.13}
  Below:
    Type: AWS::Serverless::Application
    Properties: {Location: below/template.yaml, Parameters: {Stage: live}}
"""


def test_in_place_of_sam_build(tmp_path: Path) -> None:
    write(tmp_path, {"template.yaml": SMALL, "below/template.yaml": BELOW, "src/app.py": APP})
    said = onezip(tmp_path, "build", "--config", "template.yaml", "--sam")
    assert said.code == 0, said.err
    built = tmp_path / ".aws-sam/build"
    for path, logical in (("template.yaml", "Hello"), ("Below/template.yaml", "Hello")):
        properties = load((built / path).read_text())["Resources"][logical]["Properties"]
        assert ((built / path).parent / properties["CodeUri"]).resolve().is_file()
    first = (built / "template.yaml").read_bytes()
    assert onezip(tmp_path, "build", "--sam").code == 0
    assert (built / "template.yaml").read_bytes() == first


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"onezip.toml": '[functions.f]\nsource = "src"\nhandler = "app.handler"\n'},
            "--sam needs a template",
        ),
        (
            {
                "template.yaml": "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
                "Resources:\n  Fn::ForEach::All:\n    - Name\n    - [One]\n"
                "    - ${Name}F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, "
                "Runtime: python3.13, Handler: app.handler}}\n"
            },
            "OneF is no resource of its own in template.yaml",
        ),
    ],
)
def test_what_cannot_be_written_for_sam(tmp_path: Path, files: dict[str, str], said: str) -> None:
    told = onezip(write(tmp_path, {**files, "src/app.py": APP}), "build", "--sam", "--json")
    assert (told.code, told.diagnostics[-1]["code"]) == (2, "sam.template")
    assert said in told.diagnostics[-1]["message"]


# ---- the real programs ----------------------------------------------------------------------------------


def sam(folder: Path, *words: str, env: dict[str, str] | None = None) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [tool(*SAM), *words],
        cwd=folder,
        env={
            **kept,
            "SAM_CLI_TELEMETRY": "0",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "testsecret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(folder),
            **(env or {}),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def s3(folder: Path) -> Iterator[str]:
    """A real S3 server (versitygw) with the bucket `code`; its address."""
    program = go_tool(*VERSITYGW)
    (folder / "data/code").mkdir(parents=True)
    env = {"ROOT_ACCESS_KEY": "test", "ROOT_SECRET_KEY": "testsecret"}
    with reserved() as port:
        words: list[str | Path] = [program, "--port", f"127.0.0.1:{port}", "posix", folder / "data"]
        with running(words, port, folder, env) as address:
            yield address


@pytest.mark.ring2
def test_sam_validates_what_is_exported(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    for name in ("hello", "get-user", "app", "app-layer"):
        (tmp_path / f"dist/{name}.zip").write_bytes(b"")
    (tmp_path / "template.yaml").write_text(exported("sam", shipment(HELLO, FULL, LAYERED)))
    assert "is a valid SAM Template" in sam(tmp_path, "validate", "--lint")


@pytest.mark.ring2
@needs_go
def test_sam_packages_our_bytes(tmp_path: Path) -> None:
    project = write(
        tmp_path / "project",
        {"template.yaml": SMALL, "below/template.yaml": BELOW, "src/app.py": APP},
    )
    assert onezip(project, "build", "--config", "template.yaml", "--sam").code == 0
    assert "is a valid SAM Template" in sam(
        project, "validate", "--lint", "-t", ".aws-sam/build/template.yaml"
    )
    with s3(tmp_path) as address:
        words = ("package", "--s3-bucket", "code", "--output-template-file", "packaged.yaml")
        sam(project, *words, env={"AWS_ENDPOINT_URL_S3": address})
        packaged = load((project / "packaged.yaml").read_text())
        uri = packaged["Resources"]["Hello"]["Properties"]["CodeUri"]
        ours = (project / "dist/Hello.zip").read_bytes()
        assert uri == f"s3://code/{hashlib.md5(ours, usedforsecurity=False).hexdigest()}"
        there = tmp_path / "data" / uri.removeprefix("s3://")
        assert there.read_bytes() == ours

        # a clone elsewhere uploads nothing new and packages the same template
        clone = tmp_path / "clone"
        shutil.copytree(project, clone, ignore=shutil.ignore_patterns("dist", ".aws-sam", ".home"))
        stored = sorted(path.name for path in (tmp_path / "data/code").iterdir())
        assert onezip(clone, "build", "--config", "template.yaml", "--sam").code == 0
        sam(clone, *words, env={"AWS_ENDPOINT_URL_S3": address})
        assert (clone / "packaged.yaml").read_bytes() == (project / "packaged.yaml").read_bytes()
        assert sorted(path.name for path in (tmp_path / "data/code").iterdir()) == stored


MADE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: ., Handler: app.handler, Runtime: python3.13}
"""
MAKEFILE = """\
build-Hello:
\tonezip build hello --output dist --quiet
\tonezip unzip dist/hello.zip --output "$(ARTIFACTS_DIR)"
"""


@pytest.mark.ring2
def test_sam_build_calls_onezip_by_make(tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not here: apt-get install make")
    described = '[functions.hello]\nsource = "src"\nhandler = "app.handler"\n'
    write(
        tmp_path,
        {"onezip.toml": described, "template.yaml": MADE, "Makefile": MAKEFILE, "src/app.py": APP},
    )
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    sam(tmp_path, "build", env={"PATH": path, "ONEZIP_HOME": str(tmp_path / "home")})
    built = tmp_path / ".aws-sam/build/Hello"
    assert [path.name for path in built.iterdir()] == ["app.py"]
    page = (Path(__file__).parents[2] / "docs/how-to/use-with-sam.md").read_text(encoding="utf-8")
    assert MAKEFILE in page


@pytest.mark.ring2
def test_sam_build_leaves_exported_zips_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"onezip.toml": '[functions.hello]\nsource = "src"\nhandler = "app.handler"\n', "src/app.py": APP},
    )
    assert onezip(tmp_path, "lock").code == 0
    assert onezip(tmp_path, "export", "sam").code == 0
    sam(tmp_path, "build", "-t", "onezip.sam.yaml")
    built = load((tmp_path / ".aws-sam/build/template.yaml").read_text())
    assert built["Resources"]["Hello"]["Properties"]["CodeUri"] == "../../dist/hello.zip"
