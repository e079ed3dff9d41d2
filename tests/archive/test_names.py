"""Which names may go into a zip, and the paths of Windows, as text."""

from __future__ import annotations

import ntpath
import unicodedata
from pathlib import PureWindowsPath

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from onezip.archive import names
from onezip.archive.names import base_name, check_names, long_path, normal
from onezip.errors import ArchiveError

LEAVE_OUT = "rename the file, or leave it out with `exclude`"

LEGAL = [
    "a", "a/b/c", ".hidden", "..a", "a..", "a/..b", "...", "a b", "-", "~", "a%:", "x" * 65535, "con", "a.",
    "caf\u00e9", "\u6f22\u5b57/\U0001f680", "cafe\u0301", "a/\u00a0", "ab:c",
]  # fmt: skip

ILLEGAL = {
    "": "is empty",
    "/etc/passwd": "is absolute",
    "//host/share": "is absolute",
    "C:/x": "starts with a drive letter",
    "c:x": "starts with a drive letter",
    "..": "has a part `..`",
    "../a": "has a part `..`",
    "a/../b": "has a part `..`",
    "a/..": "has a part `..`",
    ".": "has a part `.`",
    "./a": "has a part `.`",
    "a/./b": "has a part `.`",
    "a/": "has an empty part",
    "a//b": "has an empty part",
    "a\\b": "has a backslash; in a zip folders are parted by forward slashes",
    "a\0b": "has a control character",
    "a\nb": "has a control character",
    "a\x7f": "has a control character",
    "a\udce9": "is not valid Unicode, so it cannot be stored as UTF-8",
    "x" * 65536: "has 65536 bytes; a zip takes 65535",
    "\u6f22" * 21846: "has 65538 bytes; a zip takes 65535",
}


@pytest.mark.parametrize("name", LEGAL, ids=lambda name: ascii(name[:20]))
def test_legal(name: str) -> None:
    check_names([name])
    check_names(["other", name, "z/last"])


@pytest.mark.parametrize(("name", "wrong"), ILLEGAL.items(), ids=lambda text: ascii(text[:20]))
def test_illegal(name: str, wrong: str) -> None:
    shown = name if len(name) < 100 else f"{name[:100]}...{name[:17]}"
    message = f"the name {shown!r} cannot go into the zip: it {wrong}"
    for given_names in ([name], ["other", name, "z/last"], [name, "caf\u00e9"]):
        with pytest.raises(ArchiveError) as caught:
            check_names(given_names)
        assert (caught.value.code, caught.value.message) == ("archive.name", message)
        assert caught.value.hint == LEAVE_OUT


@given(st.lists(st.text(st.sampled_from("aB./\\:\0\n\x7f \u00e9"), max_size=8)))
@example(["a\nb"])
@example(["a\n", "b"])
def test_quick_look_lets_nothing_illegal_pass(some: list[str]) -> None:
    """What the one look over all names takes for legal, the look at each name does too."""
    if names._all_plain(some):
        for name in some:
            names._check_name(name)


ONE_NAME = " have one name on systems that do not tell upper from lower case or Unicode forms apart"
ONE_PLACE = ": one place cannot be both"

COLLISIONS = [
    (["readme.md", "README.md"], "archive.collision", f"the files 'README.md' and 'readme.md'{ONE_NAME}"),
    (
        ["caf\u00e9", "cafe\u0301"],
        "archive.collision",
        rf"the files 'cafe\u0301' and 'caf\xe9'{ONE_NAME}",
    ),
    (["\u00c9t\u00e9", "e\u0301te\u0301"], "archive.collision", None),
    (["stra\u00dfe", "STRASSE"], "archive.collision", None),
    (["Lib/a", "lib/b"], "archive.collision", f"the folders 'Lib' and 'lib'{ONE_NAME}"),
    (["x/Lib/y/z/a", "x/lib/y/b"], "archive.collision", f"the folders 'x/Lib' and 'x/lib'{ONE_NAME}"),
    (["a", "a/b"], "archive.duplicate", f"'a' is a file and 'a' is a folder{ONE_PLACE}"),
    (["a/B", "A/b/c"], "archive.collision", f"the folders 'A' and 'a'{ONE_NAME}"),
    (["a/B", "a/b/c/d"], "archive.duplicate", f"'a/B' is a file and 'a/b' is a folder{ONE_PLACE}"),
]


@pytest.mark.parametrize(("some", "code", "message"), COLLISIONS, ids=lambda item: ascii(item)[:30])
def test_collisions(some: list[str], code: str, message: str | None) -> None:
    for ordered in (some, some[::-1], ["other/file", *some]):
        with pytest.raises(ArchiveError) as caught:
            check_names(ordered)
        assert caught.value.code == code
        assert message in {None, caught.value.message}
        assert caught.value.hint == "rename one of them, or leave it out with `exclude`"


def test_equal_names_are_no_collision() -> None:
    check_names(["a/b", "a/b", "caf\u00e9", "caf\u00e9"])


@given(st.text())
def test_normal_is_nfc(text: str) -> None:
    assert normal(text) == unicodedata.normalize("NFC", text)


PARTS = st.text(
    st.characters(blacklist_characters='\\/:*?"<>|', min_codepoint=33, max_codepoint=0x2FFF),
    min_size=1,
    max_size=60,
).filter(lambda part: part not in {".", ".."})
DRIVES = st.sampled_from(["C:\\", "z:\\", "\\\\host\\share\\", "\\\\?\\C:\\", "\\\\?\\UNC\\host\\share\\"])


@given(DRIVES, st.lists(PARTS, min_size=1, max_size=12))
def test_long_paths_of_windows(drive: str, parts: list[str]) -> None:
    path = drive + "\\".join(parts)
    opened = long_path(path, windows=True)
    assert long_path(path, windows=False) == path
    assert long_path(opened, windows=True) == opened
    assert PureWindowsPath(opened).parts[1:] == PureWindowsPath(path).parts[1:]
    if len(path) <= 240 or drive.startswith("\\\\?\\"):
        assert opened == path
    else:
        expected = "\\\\?\\C:\\" if drive == "C:\\" else "\\\\?\\z:\\"
        assert opened.startswith("\\\\?\\UNC\\host\\share\\" if drive.startswith("\\\\host") else expected)


def test_long_path_mends_slashes() -> None:
    path = "C:/" + "folder/" * 50 + "file"
    assert long_path(path, windows=True) == "\\\\?\\" + path.replace("/", "\\")


@given(
    st.sampled_from(["C:\\", "C:", "\\\\host\\share\\", "", "\\"]), st.lists(PARTS, min_size=1), st.booleans()
)
def test_base_names_of_windows(drive: str, parts: list[str], trailing: bool) -> None:
    path = drive + "\\".join(parts)
    assume(ntpath.splitdrive(path)[1])
    name = base_name(path + ("\\" if trailing else ""), windows=True)
    assert name == ntpath.basename(path) == parts[-1]
    assert "\\" not in name


@pytest.mark.parametrize(
    ("path", "name"), [("/a/b", "b"), ("/a/b\\c", "b\\c"), ("a", "a"), ("/a/C:x", "C:x"), ("/a/b/", "b")]
)
def test_base_names_elsewhere(path: str, name: str) -> None:
    assert base_name(path, windows=False) == name
