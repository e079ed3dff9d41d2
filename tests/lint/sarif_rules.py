"""What SARIF 2.1.0's schema and GitHub ask of a document, written out: only what onezip writes is allowed."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

LEVELS = {"none", "note", "warning", "error"}


def sound(document: dict[str, Any]) -> None:
    """Fails where GitHub would refuse a document."""
    _only(document, required={"$schema", "version", "runs"})
    assert document["version"] == "2.1.0"
    assert document["$schema"].startswith("https://")
    assert 1 <= len(document["runs"]) <= 20
    for run in document["runs"]:
        _run(run)


def _run(run: dict[str, Any]) -> None:
    _only(
        run,
        required={"tool", "results"},
        optional={"automationDetails", "columnKind", "originalUriBaseIds", "invocations"},
    )
    _only(run["tool"], required={"driver"})
    driver = run["tool"]["driver"]
    _only(driver, required={"name", "rules"}, optional={"version", "semanticVersion"})
    assert re.fullmatch(r"[\w-]+/", run["automationDetails"]["id"])
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) <= 25_000
    for rule in rules:
        _rule(rule)
    assert len(run["results"]) <= 5000
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    for result in run["results"]:
        _result(result, rules)
    for invocation in run.get("invocations", ()):
        _only(invocation, required={"executionSuccessful"}, optional={"toolExecutionNotifications"})


def _rule(rule: dict[str, Any]) -> None:
    _only(
        rule,
        required={"id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"},
        optional={"properties"},
    )
    assert 0 < len(rule["name"]) <= 255
    for key in ("shortDescription", "fullDescription", "help"):
        assert 0 < len(rule[key]["text"]) <= 1024
    assert rule["defaultConfiguration"]["level"] in LEVELS
    assert len(rule["properties"]["tags"]) <= 20
    severity = rule["properties"].get("security-severity")
    assert severity is None or 0.1 <= float(severity) <= 10


def _result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    _only(result, required={"ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"})
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in LEVELS
    assert result["message"]["text"]
    (location,) = result["locations"]
    _only(location, required={"physicalLocation"}, optional={"logicalLocations"})
    place = location["physicalLocation"]
    _only(place, required={"artifactLocation", "region"})
    uri = place["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})+", uri)
    assert not uri.startswith("/")
    assert unquote(uri)
    _only(place["region"], required={"startLine", "startColumn", "endLine", "endColumn"})
    assert all(number >= 1 for number in place["region"].values())
    for logical in location.get("logicalLocations", ()):
        assert logical["fullyQualifiedName"]
        assert logical["kind"]


def _only(
    value: dict[str, Any], *, required: set[str], optional: frozenset[str] | set[str] = frozenset()
) -> None:
    assert required <= value.keys(), required - value.keys()
    assert value.keys() <= required | optional, value.keys() - required - optional
