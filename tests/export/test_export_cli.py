"""`onezip export` as a command: where it writes, what it never overwrites, and its exit codes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from cli.onezip_cli import PLAIN, Said, onezip, plain
from onezip.deployer.export import EXPORTS
from onezip.deployer.export.mark import MARK

FORMATS = [name for name, row in EXPORTS.items() if row.file != "-"]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with its lock, for tests that write nothing there."""
    folder = plain(tmp_path_factory.mktemp("locked"))
    assert onezip(folder, "lock").code == 0
    return folder


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A locked project that says more of its function's place than every format can."""
    table = 'alias = "live"\ncanary = "10%"\nbucket = "code"\nreference = true\ncode_only = true\n'
    folder = plain(tmp_path_factory.mktemp("deployed"), f"{PLAIN}[functions.plain.deploy]\n{table}")
    assert onezip(folder, "lock").code == 0
    return folder


def codes(said: Said) -> list[str]:
    return [each["code"] for each in said.diagnostics]


def test_the_life_of_a_file(tmp_path: Path) -> None:
    plain(tmp_path)
    missing = onezip(tmp_path, "export", "terraform", "--json")
    assert (missing.code, codes(missing)) == (2, ["lock.missing"])
    assert onezip(tmp_path, "lock").code == 0
    absent = onezip(tmp_path, "export", "terraform", "--check", "--json")
    assert (absent.code, codes(absent), absent.result["changed"]) == (1, ["export.stale"], True)
    assert not (tmp_path / "onezip.tf.json").exists()

    said = onezip(tmp_path, "export", "terraform", "--json")
    assert (said.code, said.result) == (
        0,
        {"format": "terraform", "functions": ["plain"], "file": "onezip.tf.json", "changed": True},
    )
    again = onezip(tmp_path, "export", "terraform")
    assert (again.code, again.out) == (0, "onezip.tf.json is up to date\n")
    assert onezip(tmp_path, "export", "terraform", "--check").code == 0
    assert onezip(tmp_path, "export", "terraform", "--quiet").out == "onezip.tf.json\n"

    (tmp_path / "onezip.tf.json").write_text('{"locals": {}}')
    foreign = onezip(tmp_path, "export", "terraform", "--json")
    assert (foreign.code, codes(foreign)) == (2, ["export.foreign"])
    assert (tmp_path / "onezip.tf.json").read_text() == '{"locals": {}}'
    assert onezip(tmp_path, "export", "terraform", "--force").code == 0
    assert MARK in (tmp_path / "onezip.tf.json").read_text()

    plain(tmp_path, PLAIN.replace("python3.13", "python3.12"))
    stale = onezip(tmp_path, "export", "terraform", "--json")
    assert (stale.code, codes(stale)) == (2, ["lock.stale"])


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_marked_and_the_same_each_time(locked: Path, tmp_path: Path, form: str) -> None:
    shutil.copytree(locked, tmp_path, dirs_exist_ok=True)
    first = onezip(tmp_path, "export", form, "--output", "-")
    assert (first.code, first.err) == (0, "")
    assert onezip(tmp_path, "export", form).code == 0
    path = tmp_path / EXPORTS[form].file
    assert path.read_bytes().count(b"\r") == 0
    assert onezip(tmp_path, "export", form, "--check").code == 0
    if "/" not in EXPORTS[form].file:
        assert path.read_text(encoding="utf-8") == first.out
    path.write_text("mine\n")
    assert onezip(tmp_path, "export", form).code == 2
    assert path.read_text() == "mine\n"
    assert str(tmp_path) not in first.out


def test_exports_beside_the_sources_stay_out_of_the_zip(tmp_path: Path) -> None:
    here = plain(tmp_path / "here", PLAIN.replace('"plain"', '"."').replace("lambda_f", "plain.lambda_f", 1))
    home = tmp_path / "home"
    assert onezip(here, "lock", home=home).code == 0
    for form in FORMATS:
        assert onezip(here, "export", form, home=home).code == 0
    held = onezip(here, "build", "--locked", home=home)
    assert held.code == 0, held.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "invalid choice: 'nothing'"),
        (["sam", "gone"], "no function 'gone'"),
        (["make", "--functions"], "--functions means nothing to make"),
        (["sam", "--bucket", "code"], "--bucket means nothing to sam"),
        (["terraform", "--object-versions"], "--object-versions means nothing to terraform"),
        (["github", "--aws-provider", "6"], "--aws-provider means nothing to github"),
        (["terraform", "--functions", "--aws-provider", "x"], "--aws-provider 'x' is no version"),
        (["make", "--against", "old.lock"], "--against means nothing to make"),
        (["summary", "--against", "old.lock"], "--against old.lock cannot be read"),
        (["summary", "--check"], "--check needs a file"),
        (["terraform", "--zips", "/dist"], "an absolute folder is not on every machine"),
        (["terraform", "--stage", "gone"], "no stage 'gone'"),
    ],
)
def test_what_is_wrong_on_the_command_line(locked: Path, words: list[str], said: str) -> None:
    told = onezip(locked, "export", *words)
    assert (told.code, told.out) == (2, "")
    assert said in told.err


def test_single_functions_and_other_folders(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN + PLAIN.replace("functions.plain", "functions.second"))
    assert onezip(tmp_path, "lock").code == 0
    below = tmp_path / "infra/live"
    below.mkdir(parents=True)
    home = tmp_path / ".home"
    said = onezip(below, "export", "terraform", "second", "-o", "x.tf.json", "--zips", "out", home=home)
    assert (said.code, said.out) == (0, "x.tf.json written\n")
    table = json.loads((below / "x.tf.json").read_text())
    assert {name: each["filename"] for name, each in table["locals"]["onezip"].items()} == {
        "second": "${path.module}/../../out/second.zip"
    }
    other = onezip(tmp_path, "-C", "infra", "export", "sam", "--output", "t.yaml")
    assert (other.code, "CodeUri: ../dist/plain.zip" in (tmp_path / "infra/t.yaml").read_text()) == (0, True)


def test_a_project_file_that_is_named_is_named_again(tmp_path: Path) -> None:
    plain(tmp_path)
    (tmp_path / "onezip.toml").rename(tmp_path / "other.toml")
    for form, count in (("make", 1), ("github", 3), ("gitlab", 3)):
        said = onezip(tmp_path, "export", form, "--config", "other.toml", "-o", "-")
        assert said.out.count(" --config other.toml") == count


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        (["terraform", "--functions"], "canary, reference"),
        (["cloudformation"], "canary, code_only"),
        (["sam"], "canary, reference, code_only"),
        (["terraform"], ""),
        (["make"], ""),
    ],
)
def test_keys_without_a_place_are_told(deployed: Path, form: list[str], keys: str) -> None:
    said = onezip(deployed, "export", *form, "--output", "-", "--json")
    told = [each["message"] for each in said.diagnostics]
    wanted = f"plain: {form[0]} has no place for {keys} of its deploy table"
    assert (said.code, told) == (0, [wanted] if keys else [])


def test_large_zips_are_told(tmp_path: Path) -> None:
    plain(tmp_path)
    assert onezip(tmp_path, "lock").code == 0
    lock = tmp_path / "onezip.lock"
    lock.write_text(re.sub(r"(?m)^size = \d+", "size = 52428801", lock.read_text()))
    words = ("export", "terraform", "--functions", "--output", "-", "--json")
    said = onezip(tmp_path, *words)
    assert (said.code, codes(said)) == (0, ["archive.s3-needed"])
    assert codes(onezip(tmp_path, *words, "--bucket", "code")) == []


def test_a_stage_changes_the_configuration_and_never_the_zip(tmp_path: Path) -> None:
    text = PLAIN + "\n[stages.live]\nmemory = 512\n[stages.other]\ninclude = ['*.py']\n"
    plain(tmp_path, text)
    assert onezip(tmp_path, "lock").code == 0
    said = onezip(tmp_path, "export", "terraform", "--stage", "live", "-o", "-")
    assert json.loads(said.out)["locals"]["onezip"]["plain"]["memory_size"] == 512
    other = onezip(tmp_path, "export", "terraform", "--stage", "other", "--json")
    assert (other.code, codes(other)) == (2, ["lock.stale"])


def test_values_of_a_template_are_not_written(tmp_path: Path) -> None:
    plain(tmp_path)
    (tmp_path / "onezip.toml").unlink()
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Parameters: {Key: {Type: String, NoEcho: true}}\n"
        "Resources:\n"
        "  Plain:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties:\n"
        "      CodeUri: plain\n"
        "      Runtime: python3.13\n"
        "      Handler: lambda_function.lambda_handler\n"
        "      Environment: {Variables: {API_KEY: !Ref Key}}\n"
    )
    key = ("--parameter", "Key=hunter2")
    assert onezip(tmp_path, "lock", *key).code == 0
    for form in EXPORTS:
        said = onezip(tmp_path, "export", form, *key, "--output", "-")
        assert said.code == 0, said.err
        assert "hunter2" not in said.out
    assert "PlainEnvironmentAPIKEY" in onezip(tmp_path, "export", "sam", *key, "-o", "-").out


def test_the_summary_tells_what_changed(tmp_path: Path) -> None:
    plain(tmp_path)
    assert onezip(tmp_path, "lock").code == 0
    (tmp_path / "old.lock").write_bytes((tmp_path / "onezip.lock").read_bytes())
    same = onezip(tmp_path, "export", "summary", "--against", "old.lock").out
    assert same.endswith("\nNothing changed.\n")
    plain(tmp_path, PLAIN + PLAIN.replace("functions.plain", "functions.second"))
    (tmp_path / "plain/new.py").write_text("")
    assert onezip(tmp_path, "lock").code == 0
    told = onezip(tmp_path, "export", "summary", "--against", "old.lock").out
    assert "- plain\n" in told
    assert "  - `added new.py`\n" in told
    assert told.endswith("- second\n  - `new`\n")
    table = onezip(tmp_path, "export", "summary", "--json").result
    assert (table["file"], "| plain | python3.13 |" in table["text"]) == (None, True)
