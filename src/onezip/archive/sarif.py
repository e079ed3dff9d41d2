"""Findings as SARIF 2.1.0, as GitHub's code scanning takes it.  [pure]

OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; GitHub Docs, "SARIF support for
code scanning", for what is required there beyond it, and for its limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from onezip.archive.lint import IGNORE, RULES, Finding, Report
from onezip.codes import CODES
from onezip.errors import Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

MOST_RESULTS = 5000
"""Results that GitHub shows of one run."""

LONGEST = 1024
"""Characters of a description that GitHub shows."""

_SECURITY = {"check.secret": "8.0", "check.secret-file": "8.0", "check.vcs": "4.0"}
"""GitHub's scale for what is a risk to security and no mere mistake: 7.0 and more is high."""

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def sarif(reports: Mapping[str, Report], version: str) -> dict[str, Any]:
    """The findings of several zips as one run. Keys are the zips' paths, relative to the repository's root,
    with forward slashes; version is onezip's.

    What the project ignores is left out: GitHub would show it in spite of SARIF's `suppressions`.
    """
    codes = [rule.code for rule in RULES] + [IGNORE]
    found = [(path, finding) for path, report in reports.items() for finding in report.findings]
    found.sort(key=lambda item: _RANK[item[1].severity])
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "onezip",
                "version": version,
                "semanticVersion": version,
                "rules": list(_rules()),
            }
        },
        "automationDetails": {"id": "onezip-check/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "results": list(_results(found[:MOST_RESULTS], {code: at for at, code in enumerate(codes)})),
    }
    if len(found) > MOST_RESULTS:
        message = f"{len(found) - MOST_RESULTS:,} findings are left out: the least grave."
        run["invocations"] = [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "note", "message": {"text": message}}],
            }
        ]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules() -> Iterator[dict[str, Any]]:
    rows = [(rule.code, rule.severity, rule.docs) for rule in RULES]
    rows.append((IGNORE, Severity.NOTE, "`ignore` in the project file names a rule that finds nothing."))
    for code, severity, docs in rows:
        security = _SECURITY.get(code)
        properties: dict[str, Any] = {"tags": ["aws-lambda", *(["security"] if security else [])]}
        if security:
            properties["security-severity"] = security
        yield {
            "id": code,
            "name": "".join(word.capitalize() for word in code.replace(".", "-").split("-")),
            "shortDescription": {"text": _sentence(CODES[code])},
            "fullDescription": {"text": _cut(docs)},
            "help": {"text": _cut(docs), "markdown": _cut(docs)},
            "defaultConfiguration": {"level": severity.value},
            "properties": properties,
        }


def _results(found: Iterable[tuple[str, Finding]], places: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for path, finding in found:
        uri = quote(path.replace("\\", "/"), safe="/~", errors="surrogatepass")
        entry = _unicode(finding.entry)
        # The message has numbers in it that change; the place and the rule do not.
        digest = sha256(f"{uri}\0{finding.code}\0{entry}".encode()).hexdigest()[:16]
        seen[digest] += 1
        location: dict[str, Any] = {
            "physicalLocation": {
                "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2},
            }
        }
        if entry:
            location["logicalLocations"] = [{"fullyQualifiedName": entry, "kind": "resource"}]
        yield {
            "ruleId": finding.code,
            "ruleIndex": places[finding.code],
            "level": finding.severity.value,
            "message": {"text": _message(finding)},
            "locations": [location],
            "partialFingerprints": {"primaryLocationLineHash": f"{digest}:{seen[digest]}"},
        }


def _message(finding: Finding) -> str:
    parts = [_sentence(finding.message)]
    if finding.prevents:
        parts.append(f"Lambda would say: {finding.prevents}")
    if finding.fix:
        parts.append(finding.fix)
    return _unicode("\n".join(parts))


def _sentence(text: str) -> str:
    return _cut(f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _unicode(text: str) -> str:
    """Text that UTF-8 can hold: names may be anything."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
