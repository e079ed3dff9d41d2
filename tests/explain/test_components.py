"""What a build was made from, against what it was made from before."""

from __future__ import annotations

from onezip.archive.explain import explain_components
from onezip.model.build import Component


def part(name: str, detail: str, digest: str = "") -> Component:
    return Component(name, digest or detail, detail)


SAME = [part("toolchain", "go1.26.8"), part("sources", "3 files"), part("flags", "-trimpath GOARCH=amd64")]


def summaries(old: list[Component], new: list[Component]) -> list[str]:
    return [cause.summary for cause in explain_components(old, new)]


def test_equal_components_have_no_causes() -> None:
    assert explain_components(SAME, list(reversed(SAME))) == []
    assert explain_components([], []) == []
    assert summaries([part("sources", "3 files", "x")], [part("sources", "4 files", "x")]) == []


def test_the_most_telling_first() -> None:
    new = [part("sources", "4 files"), part("toolchain", "go1.26.9"), SAME[2]]
    assert summaries(SAME, new) == ["toolchain: go1.26.8 -> go1.26.9", "sources: 3 files -> 4 files"]


def test_the_same_words_with_other_content() -> None:
    assert summaries([part("sources", "3 files", "x")], [part("sources", "3 files", "y")]) == [
        "sources: 3 files, with other content"
    ]
    assert summaries([part("sources", "", "x")], [part("sources", "", "y")]) == ["sources: other content"]


def test_dependencies_are_told_one_by_one() -> None:
    old = [part("dependencies", "2 packages", "x"), part("dependencies/requests", "2.31.0 py3-none-any")]
    new = [part("dependencies", "2 packages", "y"), part("dependencies/requests", "2.32.0 py3-none-any")]
    assert summaries(old, new) == ["dependency requests 2.31.0 py3-none-any -> 2.32.0 py3-none-any"]
    assert summaries(old[:1], new[:1]) == ["dependencies: 2 packages, with other content"]
    more = [*old, part("dependencies/idna", "3.10")]
    assert summaries(old, more) == ["dependency idna 3.10, only in the new"]
    assert summaries(more, old) == ["dependency idna 3.10, only in the old"]


def test_of_long_details_the_difference() -> None:
    flags = "-trimpath -buildvcs=false -tags=lambda.norpc -ldflags=-s -w -buildid= GOARCH=amd64 GOAMD64=v1"
    assert summaries([part("flags", flags)], [part("flags", flags.replace("v1", "v3"))]) == [
        "flags: GOAMD64=v1 -> GOAMD64=v3"
    ]
    assert summaries([part("flags", flags)], [part("flags", f"{flags} -race")]) == [
        "flags: nothing more -> -race"
    ]


def test_each_has_a_code_and_advice() -> None:
    names = ["sources", "toolchain", "platform", "flags", "engine", "requirements", "dependencies/x", "other"]
    found = explain_components([part(name, "1") for name in names], [part(name, "2") for name in names])
    codes = ["toolchain", "platform", "dependency", "dependency", "flags", "sources", "component", "engine"]
    assert [cause.code for cause in found] == [f"differs.{code}" for code in codes]
    assert all(cause.advice for cause in found)


def test_foreign_words_are_escaped() -> None:
    assert summaries([part("x\n", "a\x1b")], [part("x\n", "b\x1b")]) == [r"x\n: a\x1b -> b\x1b"]
