"""Which description counts, and a folder that has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from onezip.config.load import load_project
from onezip.errors import ProjectError
from onezip.model.project import Origin

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Arch: {Type: String, Default: arm64}
Globals:
  Function: {Runtime: python3.13, Architectures: [!Ref Arch]}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/, Handler: app.handler}
  Made:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: src/, Handler: bootstrap, Runtime: provided.al2023}
"""


def source(folder: Path) -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "src/app.py").write_text("def handler(event, context):\n    return event\n")
    return folder


def test_a_template_is_the_description(tmp_path: Path) -> None:
    (source(tmp_path) / "template.yaml").write_text(TEMPLATE)
    project = load_project(str(tmp_path / "src"))
    assert (project.origin, project.file, list(project.functions)) == (
        Origin.TEMPLATE,
        "template.yaml",
        ["Hello"],
    )
    assert project.functions["Hello"].architecture == "arm64"
    assert [each.name for each in project.foreign] == ["Made"]
    given = load_project(str(tmp_path), None, {"Arch": "x86_64"})
    assert given.functions["Hello"].architecture == "x86_64"


def test_a_project_file_comes_before_a_template(tmp_path: Path) -> None:
    (source(tmp_path) / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "onezip.toml").write_text('[functions.x]\nsource = "src"\nhandler = "app.handler"\n')
    assert list(load_project(str(tmp_path)).functions) == ["x"]
    assert list(load_project(str(tmp_path), "template.yaml").functions) == ["Hello"]


def test_a_yaml_file_that_is_no_template_does_not_count(tmp_path: Path) -> None:
    (source(tmp_path) / "template.yaml").write_text("kind: Deployment\n")
    assert load_project(str(tmp_path)).origin is Origin.DETECTED


def test_a_folder_without_a_description(tmp_path: Path) -> None:
    project = load_project(str(source(tmp_path)))
    (function,) = project.functions.values()
    assert (project.origin, project.file) == (Origin.DETECTED, None)
    assert (function.source, function.handler.text, function.runtime.id) == (
        "src",
        "app.handler",
        "python3.14",
    )
    assert any("app.py" in note for note in project.notes)


def test_a_template_that_describes_nothing_for_us(tmp_path: Path) -> None:
    text = TEMPLATE.replace("python3.13", "nodejs22.x")
    (source(tmp_path) / "template.yaml").write_text(text)
    with pytest.raises(ProjectError) as caught:
        load_project(str(tmp_path))
    assert "describes no function that onezip builds" in caught.value.message
    assert "nodejs22.x" in caught.value.hint
