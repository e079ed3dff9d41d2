import gzip
import json
from pathlib import Path

import pytest

from lint.cases import CASES
from lint.made import python
from lint.sarif_rules import sound
from onezip.archive.lint import IGNORE, RULES, Finding, Report
from onezip.archive.sarif import MOST_RESULTS, sarif
from onezip.errors import Severity


@pytest.mark.parametrize("code", sorted(CASES))
def test_every_rule_s_finding_is_sound_sarif(code: str, tmp_path: Path) -> None:
    report = CASES[code][0](tmp_path / "bad.zip")
    document = sarif({"dist/bad.zip": report}, "0.1.0")
    sound(document)
    (run,) = document["runs"]
    assert code in {result["ruleId"] for result in run["results"]}
    assert len(run["results"]) == len(report.findings)


def test_a_result_says_where_and_what(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {"lib/x.bat": b""})
    (result,) = sarif({"my dist/a ü.zip": report}, "0.1.0")["runs"][0]["results"]
    assert result["level"] == "note"
    assert result["message"]["text"].startswith("1 scripts for Windows")
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {
        "uri": "my%20dist/a%20%C3%BC.zip",
        "uriBaseId": "%SRCROOT%",
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "lib/x.bat", "kind": "resource"}]


def test_lambda_s_words_are_in_the_message() -> None:
    finding = Finding(
        "check.glibc", Severity.ERROR, "too new", "x.so", "version `GLIBC_2.38' not found", "Build it."
    )
    (result,) = sarif({"a.zip": Report((finding,))}, "1")["runs"][0]["results"]
    assert result["message"]["text"] == (
        "Too new.\nLambda would say: version `GLIBC_2.38' not found\nBuild it."
    )


def test_fingerprints_outlive_other_numbers() -> None:
    def fingerprint(message: str, path: str = "a.zip") -> str:
        report = Report((Finding("check.size-direct", Severity.NOTE, message, "", "", "x"),))
        (result,) = sarif({path: report}, "1")["runs"][0]["results"]
        text: str = result["partialFingerprints"]["primaryLocationLineHash"]
        return text

    assert fingerprint("51 MB") == fingerprint("52 MB")
    assert fingerprint("51 MB") != fingerprint("51 MB", "b.zip")


def test_equal_findings_have_fingerprints_of_their_own() -> None:
    finding = Finding("check.secret", Severity.ERROR, "x", "a")
    document = sarif({"a.zip": Report((finding, finding))}, "1")
    sound(document)


def test_what_is_ignored_is_left_out(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {"x.bat": b""}, ignore={"check.windows-script": "meant"})
    assert sarif({"a.zip": report}, "1")["runs"][0]["results"] == []


def test_the_gravest_stay_where_there_are_too_many() -> None:
    notes = tuple(Finding("check.tests", Severity.NOTE, "x", f"{number}") for number in range(MOST_RESULTS))
    grave = Finding("check.secret", Severity.ERROR, "x", "last")
    document = sarif({"a.zip": Report(notes), "b.zip": Report((grave,))}, "1")
    sound(document)
    (run,) = document["runs"]
    assert len(run["results"]) == MOST_RESULTS
    assert run["results"][0]["ruleId"] == "check.secret"
    assert "1 findings are left out" in json.dumps(run["invocations"])
    assert len(gzip.compress(json.dumps(document).encode())) < 10_000_000


def test_secrets_are_security_alerts() -> None:
    rules = {rule["id"]: rule for rule in sarif({}, "1")["runs"][0]["tool"]["driver"]["rules"]}
    assert float(rules["check.secret"]["properties"]["security-severity"]) >= 7
    assert "security-severity" not in rules["check.tests"]["properties"]
    assert {rule.code for rule in RULES} < set(rules)


def test_levels_are_those_of_the_table() -> None:
    rules = sarif({}, "1")["runs"][0]["tool"]["driver"]["rules"]
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in rules}
    assert levels == {rule.code: rule.severity.value for rule in RULES} | {IGNORE: "note"}
