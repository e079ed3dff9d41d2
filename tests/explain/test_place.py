"""Which byte differs first, and what it stands in, where nothing else explains it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.hostile import File, build, streamed
from explain.driver import causes
from onezip.archive.causes.place import stand
from onezip.archive.reader import opened

FILES = [
    File(b"first", b"1\n", extra=b"\xfe\xca\x02\x00ab"),
    streamed(File(b"app.py", b"hello\n", method=0, comment=b"note")),
]


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("prefix", "what stands before the first entry"),
        ("before_directory", "what follows the packed bytes of app.py"),
        ("trailing", "what follows the end record"),
    ],
)
def test_the_first_byte_that_differs(place: str, what: str, tmp_path: Path) -> None:
    a, b = (build(FILES, **{place: surplus}) for surplus in (b"#!one", b"#!two"))  # type: ignore[arg-type]
    (found,) = causes(tmp_path, a, b)
    assert found.code == "differs.container"
    first = next(at for at, (one, other) in enumerate(zip(a, b, strict=True)) if one != other)
    assert found.summary == f"the zips differ from byte {first} on, in {what}"


def places(path: Path) -> list[tuple[str, str, int]]:
    """What stands where in a zip: what, of which entry, and how many bytes of it."""
    found: list[tuple[str, str, int]] = []
    with opened(str(path)) as (manifest, content):
        for offset in range(manifest.size + 1):
            what, name = stand(manifest, content, offset)
            if found and found[-1][:2] == (what, name):
                found[-1] = (what, name, found[-1][2] + 1)
            else:
                found.append((what, name, 1))
    return found


def local(name: str, extra: int) -> list[tuple[str, str, int]]:
    """APPNOTE 4.3.7."""
    fields = [
        ("the signature", 4), ("the version needed", 2), ("the flags", 2), ("the method", 2), ("the time", 2),
        ("the date", 2), ("the CRC-32", 4), ("the packed size", 4), ("the size", 4),
        ("the length of the name", 2), ("the length of the extra fields", 2), ("the name", len(name)),
        ("the extra fields", extra),
    ]  # fmt: skip
    return [(f"{what} of the local header", name, size) for what, size in fields if size]


def central(name: str, extra: int, comment: int) -> list[tuple[str, str, int]]:
    """APPNOTE 4.3.12."""
    fields = [
        ("the signature", 4), ("the version made by", 2), ("the version needed", 2), ("the flags", 2),
        ("the method", 2), ("the time", 2), ("the date", 2), ("the CRC-32", 4), ("the packed size", 4),
        ("the size", 4), ("the length of the name", 2), ("the length of the extra fields", 2),
        ("the length of the comment", 2), ("the disk", 2), ("the internal attributes", 2),
        ("the external attributes", 4), ("the offset", 4), ("the name", len(name)),
        ("the extra fields", extra), ("the comment", comment),
    ]  # fmt: skip
    return [(f"{what} of the directory's header", name, size) for what, size in fields if size]


def test_every_byte_of_a_zip_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(build(FILES, comment=b"made by hand"))
    end = [
        ("the signature", 4), ("the disk", 2), ("the directory's disk", 2), ("the entries on this disk", 2),
        ("the number of entries", 2), ("the directory's size", 4), ("the directory's offset", 4),
        ("the length of the comment", 2), ("the comment", 12),
    ]  # fmt: skip
    with opened(str(path)) as (manifest, _):
        first, second = manifest.entries
    assert places(path) == [
        *local("first", len(first.local_extra)),
        ("the packed bytes", "first", first.packed),
        *local("app.py", 0),
        ("the packed bytes", "app.py", second.packed),
        ("the data descriptor", "app.py", 16),
        *central("first", 6, 0),
        *central("app.py", 0, 4),
        *((f"{what} of the end record", "", size) for what, size in end),
        ("what follows the end", "", 1),
    ]


def test_the_records_of_zip64_have_their_places(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(build(FILES, end64={}))
    found = {(what, size) for what, name, size in places(path) if not name}
    assert {("the zip64 end record", 56), ("the zip64 end locator", 20)} <= found


def test_any_place_of_any_zip_can_be_asked_for(tmp_path: Path) -> None:
    from archive.hostile_cases import HOSTILE
    from onezip.errors import ArchiveError

    for number, (_, make) in enumerate(HOSTILE.values()):
        path = tmp_path / f"{number}.zip"
        data = make()
        path.write_bytes(data)
        try:
            with opened(str(path)) as (manifest, content):
                for offset in {0, 1, len(data) // 2, max(0, len(data) - 1), len(data)}:
                    assert stand(manifest, content, offset).what
        except ArchiveError:
            continue
