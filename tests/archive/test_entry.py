"""Order, duplicates, modes, line ends and the size of all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.trees import quiet
from onezip import limits
from onezip.archive.entry import Entry, check, check_line_ends, mode_of, order
from onezip.errors import ArchiveError, Diagnostic, Severity

MODES = {
    ("bootstrap", b""): 0o755,
    ("bootstrap", b"MZ"): 0o755,
    ("sub/bootstrap", b"x"): 0o644,
    ("a", b"\x7fELF\x02"): 0o755,
    ("a", b"\x7fEL"): 0o644,
    ("lib/x.so", b"\x7fELF"): 0o755,
    ("x.so", b"not ELF"): 0o644,
    ("run", b"#!/bin/sh\n"): 0o755,
    ("run", b"# !"): 0o644,
    ("run", b"#"): 0o644,
    ("run.sh", b"echo\n"): 0o644,
    ("extensions/x", b""): 0o755,
    ("extensions/x/y", b"text"): 0o755,
    ("lib/extensions/x", b"text"): 0o644,
    ("extensions", b"text"): 0o644,
    ("x", b"\xef\xbb\xbf#!/bin/sh"): 0o644,
}


@pytest.mark.parametrize(("what", "mode"), MODES.items(), ids=str)
def test_modes(what: tuple[str, bytes], mode: int) -> None:
    assert mode_of(*what) == mode


@given(st.lists(st.text(min_size=1).filter(lambda name: name.isprintable()), unique=True))
def test_order_is_that_of_utf8(names: list[str]) -> None:
    entries = [Entry(name, data=b"") for name in names]
    try:
        check(entries)
    except ArchiveError:
        return
    raw = [entry.name.encode() for entry in order(entries, report=quiet)]
    assert raw == sorted(raw)
    assert len(raw) == len(names)


def test_order_across_planes() -> None:
    """UTF-16 units would put the emoji before the half-width character."""
    names = ["\U0001f680", "\uff80", "b", "B", "a/b", "a.b", "a"]
    assert [entry.name for entry in order([Entry(name, data=b"") for name in names], report=quiet)] == [
        "B", "a", "a.b", "a/b", "b", "\uff80", "\U0001f680"
    ]  # fmt: skip


def test_decomposed_names_are_composed() -> None:
    entry = Entry("cafe\u0301", "/disk/cafe\u0301", size=3, own=False, stamp=(3, 2, 1))
    (composed,) = order([entry], report=quiet)
    assert (composed.name, composed.path) == ("caf\u00e9", "/disk/cafe\u0301")
    assert (composed.size, composed.own, composed.stamp, composed.data) == (3, False, (3, 2, 1), None)


def test_composed_names_stand_where_they_belong() -> None:
    entries = [Entry(name, data=b"") for name in ("e\u0301", "f", "z")]
    assert [entry.name for entry in order(entries, report=quiet)] == ["f", "z", "\u00e9"]


@pytest.mark.parametrize("first", [True, False])
def test_own_file_replaces_a_dependency(first: bool) -> None:
    told: list[Diagnostic] = []
    own, other = Entry("pkg/a.py", "/src/pkg/a.py"), Entry("pkg/a.py", "/deps/pkg/a.py", own=False)
    chosen = order([own, other] if first else [other, own], report=told.append)
    assert chosen == [own]
    assert told == [
        Diagnostic(
            "python.conflict",
            Severity.WARNING,
            "pkg/a.py: the function's own file replaces a dependency's",
            hint="rename /src/pkg/a.py, or leave it out with `exclude`",
        )
    ]


@pytest.mark.parametrize("own", [True, False])
def test_two_of_a_kind(own: bool) -> None:
    entries = [Entry("a", "/one/a", own=own), Entry("a", data=b"x", own=own)]
    with pytest.raises(ArchiveError) as caught:
        order(entries, report=quiet)
    assert (caught.value.code, caught.value.message, caught.value.hint) == (
        "archive.duplicate",
        "a comes twice: from /one/a and from content made by the build",
        "leave one of them out with `exclude`, or give it another name in `files`",
    )


CRLF = [
    ("bootstrap", True, b"#!/bin/sh\r\necho\r\n", True),
    ("bootstrap", False, b"#!/bin/sh\r\n", True),
    ("bootstrap", True, b"echo\r\n", True),
    ("bootstrap", True, b"\x7fELF\r\n", False),
    ("bootstrap", True, b"#!/bin/sh\nPK\0\r\n", False),
    ("bootstrap", True, b"#!/bin/sh\r\nPK\0", True),
    ("bootstrap", True, b"\0\r\n", False),
    ("bootstrap", True, b"#!/bin/sh\necho\n", False),
    ("bin/run.sh", True, b"#!/bin/sh\necho a\r\n", True),
    ("bin/run.sh", False, b"#!/usr/bin/env python3\r\n", False),
    ("notes.txt", True, b"a\r\n", False),
    ("sub/bootstrap", True, b"a\r\n", False),
]


@pytest.mark.parametrize(("name", "own", "content", "refused"), CRLF)
def test_line_ends(name: str, own: bool, content: bytes, refused: bool) -> None:
    if not refused:
        check_line_ends(name, own, content)
        return
    with pytest.raises(ArchiveError) as caught:
        check_line_ends(name, own, content)
    assert (caught.value.code, caught.value.message, caught.value.hint) == (
        "archive.crlf",
        f"{name}: the script has CR line ends (Windows), so it cannot run on Lambda",
        f"save it with LF line ends, and add this line to .gitattributes: {name} text eol=lf",
    )


def test_line_ends_of_a_name_with_a_blank() -> None:
    with pytest.raises(ArchiveError) as caught:
        check_line_ends("my run.sh", True, b"#!/bin/sh\r\n")
    assert caught.value.hint.endswith('.gitattributes: "my run.sh" text eol=lf')


def sized(**sizes: float) -> list[Entry]:
    return [
        Entry(name.replace("__", "/"), f"/{name}", size=int(size * 2**20)) for name, size in sizes.items()
    ]


def test_exactly_the_limit() -> None:
    check([Entry("a", "/a", size=limits.UNZIPPED)])


def test_too_large() -> None:
    with pytest.raises(ArchiveError) as caught:
        check(sized(pandas__a=90, pandas__b=30.5, numpy__x=100, app=1, botocore__data=29.5))
    message = (
        "251.0 MB unzipped, 1,048,576 bytes more than the 250.0 MB that Lambda takes. The largest: "
        "pandas/ 120.5 MB, numpy/ 100.0 MB, botocore/ 29.5 MB, app 1.0 MB"
    )
    assert (caught.value.code, caught.value.message, caught.value.hint) == (
        "archive.too-large",
        message,
        "leave out what the function does not need with `exclude`, or move parts of it to S3 or EFS",
    )


def test_too_large_below_one_folder() -> None:
    with pytest.raises(ArchiveError, match=r"The largest: python/torch/ 200\.0 MB, python/other/ 60\.0 MB$"):
        check(sized(python__torch__a=200, python__other__b=60))


def test_too_large_by_one_file() -> None:
    with pytest.raises(ArchiveError, match=r"The largest: data/model\.bin 300\.0 MB$"):
        check([Entry("data/model.bin", "/m", size=300 * 2**20)])


def test_a_replaced_file_counts_once() -> None:
    replaced = Entry("a", "/deps/a", size=200 * 2**20, own=False)
    check([*sized(a=200), replaced])
    check([*sized(a=1), replaced, *sized(b=240)])
    check([replaced, *sized(b=240), *sized(a=1)])
