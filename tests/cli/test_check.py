"""`onezip check` of a function that imports what is not there: Lambda's own words, and who may bring it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.onezip_cli import PLAIN, Said, onezip, plain

SAYS = "Runtime.ImportModuleError: Unable to import module 'lambda_function': No module named 'requests'"
RUNTIME = ("--runtime", "python3.13", "--handler", "lambda_function.lambda_handler")


@pytest.fixture
def importing(tmp_path: Path) -> Path:
    """A project whose function imports what nothing brings."""
    plain(tmp_path)
    (tmp_path / "plain/lambda_function.py").write_text(
        "import requests\n\ndef lambda_handler(event, context):\n    return requests.get(event)\n"
    )
    return tmp_path


def findings(said: Said) -> list[dict[str, Any]]:
    (told,) = said.result["zips"]
    found: list[dict[str, Any]] = told["findings"]
    return found


def test_a_missing_package_is_an_error(importing: Path) -> None:
    said = onezip(importing, "check", "--json")
    (found,) = findings(said)
    assert said.code == 1
    assert (found["code"], found["severity"], found["entry"], found["prevents"]) == (
        "check.python-import",
        "error",
        "lambda_function.py",
        SAYS,
    )
    assert SAYS in onezip(importing, "check").err


def test_with_layers_it_is_a_warning(importing: Path) -> None:
    arn = "arn:aws:lambda:eu-central-1:123456789012:layer:deps:1"
    plain_text = PLAIN + f'layers = ["{arn}"]\n'
    (importing / "onezip.toml").write_text(plain_text)
    said = onezip(importing, "check", "--json")
    assert (said.code, [each["severity"] for each in findings(said)]) == (0, ["warning"])


def test_a_zip_alone_may_be_said_to_have_layers(importing: Path) -> None:
    assert onezip(importing, "build").code == 0
    assert onezip(importing, "check", "dist/plain.zip", *RUNTIME).code == 1
    said = onezip(importing, "check", "dist/plain.zip", *RUNTIME, "--layers", "--json")
    assert (said.code, [each["severity"] for each in findings(said)]) == (0, ["warning"])


def test_the_layers_size_counts(importing: Path) -> None:
    (importing / "onezip.toml").write_text(PLAIN)
    most = 250 * 2**20
    said = onezip(importing, "check", "--layers-size", str(most), "--json")
    assert said.code == 1
    assert "check.size-unzipped" in {each["code"] for each in findings(said)}
    assert onezip(importing, "build").code == 0
    said = onezip(importing, "check", "dist/plain.zip", *RUNTIME, "--layers-size", "1000", "--json")
    assert (said.code, [each["severity"] for each in findings(said)]) == (0, ["warning"])


def test_it_can_be_passed_over_with_a_reason(importing: Path) -> None:
    text = PLAIN + '[functions.plain.ignore]\n"check.python-import" = "a layer of the account brings it"\n'
    (importing / "onezip.toml").write_text(text)
    said = onezip(importing, "check", "--json")
    assert (said.code, findings(said)) == (0, [])
    assert said.result["zips"][0]["ignored"][0]["reason"] == "a layer of the account brings it"


def test_the_largest_parts_are_told(importing: Path) -> None:
    (importing / "plain/data").mkdir()
    for name in ("a", "b"):
        (importing / "plain/data" / name).write_bytes(bytes(5000))
    (told,) = onezip(importing, "check", "--json").result["zips"]
    assert told["largest"][0] == {"name": "data/", "size": 10_000}
    assert "largest: data/ 9.8 KiB, lambda_function.py" in onezip(importing, "check", "--verbose").err


TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Alone:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: plain, Runtime: python3.13, Handler: lambda_function.lambda_handler}
  Layered:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: plain
      Runtime: python3.13
      Handler: lambda_function.lambda_handler
      Layers: [!Ref Shared]
"""


def test_layers_of_a_template_count(importing: Path) -> None:
    (importing / "onezip.toml").unlink()
    (importing / "template.yaml").write_text(TEMPLATE)
    said = onezip(importing, "check", "--json")
    found = {
        Path(each["zip"]).stem: [finding["severity"] for finding in each["findings"]]
        for each in said.result["zips"]
    }
    assert (said.code, found) == (1, {"Alone": ["error"], "Layered": ["warning"]})
