import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lint.cases import KEY_ID, PE, PEM, pyc
from lint.elves import AARCH64, DYN, LOADER, MUSL, elf, library
from lint.made import HANDLER, PYTHON, TODAY, File, Files, of, one, python, write
from lint.sarif_rules import sound
from onezip.archive import lint
from onezip.archive.anomalies import ANOMALIES
from onezip.archive.lint import IGNORE, RULES, Finding, Report, Rule, Subject, check, of_function
from onezip.archive.manifest import Anomaly, Kind, Manifest, ManifestEntry, Method
from onezip.archive.reader import opened
from onezip.archive.sarif import sarif
from onezip.errors import ArchiveError, Severity
from onezip.limits import RUNTIMES
from onezip.model.function import Architecture, Function, Handler, Language

BAD: Files = {"app.py": File(HANDLER, 0o100664), ".git/HEAD": b"", "x.bat": b"", ".env": b"KEY=x\n"}


def test_the_gravest_come_first(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", BAD)
    assert [finding.code for finding in report.findings] == [
        "check.secret-file",
        "check.mode-unusual",
        "check.vcs",
        "check.windows-script",
    ]
    assert report.failed
    assert [report.count(severity) for severity in Severity] == [1, 2, 1]


def test_a_clean_zip_has_no_findings(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {})
    assert report == Report(())
    assert not report.failed


def test_what_is_ignored_is_kept_with_its_reason(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", BAD, ignore={"check.secret-file": "it is a sample"})
    assert not report.failed
    ((finding, reason),) = report.ignored
    assert (finding.code, reason) == ("check.secret-file", "it is a sample")
    assert "check.secret-file" not in {each.code for each in report.findings}


@pytest.mark.parametrize(
    ("code", "words"), [("check.vcs", "which finds nothing here"), ("check.vsc", "which is no rule")]
)
def test_an_ignore_that_matches_nothing_is_a_note(code: str, words: str, tmp_path: Path) -> None:
    found = one(python(tmp_path / "a.zip", {}, ignore={code: "because"}), IGNORE)
    assert found.severity is Severity.NOTE
    assert words in found.message


def test_many_findings_of_one_kind_become_a_number(tmp_path: Path) -> None:
    files: Files = {f"{number:03}.txt": PEM.encode() for number in range(80)} | {"tests/x": PEM.encode()}
    found = of(python(tmp_path / "a.zip", files), "check.secret")
    assert len(found) == lint.MOST_OF_A_CODE + 2
    assert [each.message for each in found if not each.entry] == [
        "... and 30 more of this kind",
        "... and 1 more of this kind",
    ]
    assert found[lint.MOST_OF_A_CODE].severity is Severity.ERROR


def test_the_same_zip_gives_the_same_report(tmp_path: Path) -> None:
    assert python(tmp_path / "a.zip", BAD) == python(tmp_path / "a.zip", BAD)


def test_rules_can_be_chosen(tmp_path: Path) -> None:
    def find(_: Subject) -> Iterator[Finding]:
        yield Finding("check.own", Severity.NOTE, "here")

    with opened(str(write(tmp_path / "a.zip", BAD))) as (manifest, content):
        report = check(
            Subject(manifest, content, today=TODAY), rules=[Rule("check.own", Severity.NOTE, find, "")]
        )
    assert [finding.message for finding in report.findings] == ["here"]


def test_a_function_of_the_project_says_what_it_is(tmp_path: Path) -> None:
    function = Function(
        "hello",
        Language.PYTHON,
        ".",
        PYTHON,
        Handler("app.main"),
        Architecture.ARM64,
        budget=10,
        ignore={"check.size-budget": "soon"},
        layers=("arn:aws:lambda:eu-west-1:123456789012:layer:x:1",),
    )
    with opened(str(write(tmp_path / "a.zip", BAD))) as (manifest, content):
        subject = of_function(function, manifest, content, today=TODAY, sizes={"app.py": 1}, layers=5)
        assert (subject.runtime, subject.architecture, subject.handler) == (
            PYTHON,
            Architecture.ARM64,
            Handler("app.main"),
        )
        assert (subject.budget, subject.layered, subject.layers, subject.layer) == (10, True, 5, False)
        report = check(subject, function.ignore)
    assert [finding.code for finding, _ in report.ignored] == ["check.size-budget"]
    assert of(report, "check.handler-function")


NAMES = (
    "", "/", "a", "a/", "a/b", "../a", "/a", "a\\b", "bootstrap", "bootstrap/", "x/bootstrap", "app.py",
    "app/__init__.py", "src/app.py", "x.abi3.so", "x.cpython-312-x86_64-linux-gnu.so", "libx.so.1",
    "__pycache__/app.cpython-313.pyc", "app.pyc", "x-1.dist-info/WHEEL", "x-1.dist-info/METADATA",
    "x-1.dist-info/top_level.txt", "-.dist-info/WHEEL", ".env", ".git/config", "id_rsa", "a" * 300, "\udcff",
    "é", "e\u0301", "tests/x", "node_modules/x", "python/x-1.dist-info/WHEEL", "\0", "pyvenv.cfg", "x.zip",
    ".tfstate" * 500, "__pycache__/a.b11111.pyc",
)  # fmt: skip
CONTENTS = (
    b"", HANDLER, b"import a.b.c\nfrom ... import x\n", b"def handler(", b"#!", b"#!/bin/sh\r\n",
    b"#!/usr/bin/env", elf(), elf(AARCH64, interpreter=MUSL),
    elf(interpreter=LOADER, needed=["libx.so"], search="$ORIGIN/../.."),
    library("libGL.so.1", glibc="2.99"), elf(kind=DYN, pie=True)[:100], PE, b"MZ", b"\xca\xfe\xba\xbe",
    pyc(b""), b"\xa7\r\r\n", b"Tag: a-b-c\nTag: -\nTag: --\nTag: cp3-abi3-any\n", PEM.encode(),
    KEY_ID.encode(), b"../../x", b"\xff" * 50, b"a b c\n",
)  # fmt: skip

numbers = st.sampled_from([0, 1, 20, 45, 0o100644, 0o100755, 0o600, 0o777, 2**16 - 1, 2**32 - 1, 2**63])
entries = st.builds(
    ManifestEntry,
    name=st.sampled_from(NAMES) | st.text(max_size=20),
    raw_name=st.binary(max_size=10),
    kind=st.sampled_from(Kind),
    size=st.integers(0, 100) | numbers,
    packed=st.integers(0, 100) | numbers,
    crc=st.just(0),
    method=st.sampled_from(Method),
    mode=numbers,
    offset=st.integers(-10, 1000),
    modified=st.tuples(st.sampled_from([1980, 2025, 2107]), *[st.integers(0, 63)] * 5),
    made_by=st.tuples(st.sampled_from([0, 3, 19, 255]), st.sampled_from([20, 45, 63])),
    descriptor=st.booleans(),
    zip64=st.booleans(),
    external=numbers,
)
anomalies = st.builds(
    Anomaly, st.sampled_from([*ANOMALIES, "zip.of-tomorrow"]), st.text(max_size=20), st.sampled_from(NAMES)
)
manifests = st.builds(
    Manifest,
    size=st.sampled_from([0, 22, 1000, 2**26, 2**40]),
    sha256=st.just("0" * 64),
    entries=st.lists(entries, max_size=12).map(tuple),
    anomalies=st.lists(anomalies, max_size=4).map(tuple),
)


class Anything:
    """A Content that holds anything: not what the manifest says, or nothing."""

    def __init__(self, contents: list[bytes | None]) -> None:
        self._contents = contents

    def read(self, name: str, limit: int) -> bytes:
        data = self._contents[len(name) % len(self._contents)] if self._contents else None
        if data is None:
            raise ArchiveError("archive.malformed", f"{name!a} is broken")
        return data[:limit]


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    manifests,
    st.lists(st.sampled_from(CONTENTS) | st.none() | st.binary(max_size=40), max_size=6),
    st.none() | st.sampled_from(list(RUNTIMES.values())),
    st.none() | st.sampled_from(Architecture),
    st.none()
    | st.sampled_from(["app.handler", "handler", "", ".", "a..b", "src/app.x", "..."])
    | st.text(max_size=9),
    st.none() | st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2**40), max_size=4),
    st.booleans(),
)
def test_nothing_makes_it_crash(
    manifest: Manifest,
    contents: list[bytes | None],
    runtime: object,
    architecture: Architecture | None,
    handler: str | None,
    sizes: dict[str, int] | None,
    flag: bool,
) -> None:
    subject = Subject(
        manifest,
        Anything(contents),
        today=TODAY,
        runtime=runtime,  # type: ignore[arg-type]
        architecture=architecture,
        handler=None if handler is None else Handler(handler),
        sizes=sizes,
        budget=100 if flag else None,
        layered=flag,
        layer=flag and bool(sizes),
    )
    report = check(subject, {"check.vcs": "x"})
    known = {rule.code for rule in RULES} | {IGNORE}
    assert {finding.code for finding in report.findings} <= known
    document = sarif({"a b/ü.zip": report}, "1.0")
    sound(document)
    json.dumps(document, ensure_ascii=False).encode()


def test_a_report_is_a_value(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", BAD)
    assert replace(report) == report
    assert hash(report.findings[0])
