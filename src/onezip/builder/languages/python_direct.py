"""Requirements that name a place instead of a version: folders, files, URLs, version control.  [pure]

PEP 508's `name @ place`, and pip's older forms without a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
"""The name of a distribution (PEP 508)."""

_NAMED = re.compile(rf"(?P<name>{NAME})\s*(?:\[(?P<extras>[^\]]*)\])?\s*@\s*(?P<where>\S.*)")
_EXTRAS = re.compile(r"(?P<where>.+?)\[(?P<extras>[^\[\]/\\]*)\]")
_ARCHIVE = re.compile(r"\.(whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)$", re.IGNORECASE)
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+")
_EGG = re.compile(rf"(?:^|&)egg=(?P<name>{NAME})")
_COMMIT = re.compile(r"@[0-9a-fA-F]{40}$")


@dataclass(frozen=True, slots=True)
class Direct:
    """What stands behind a place. where is a path as written, or a URL; name may be empty.

    kind is `folder`, `file` (a path to an archive), `wheel` or `source` (URLs). pinned says that the place
    alone fixes the content: a full commit.
    """

    kind: str
    where: str
    name: str = ""
    extras: str = ""
    pinned: bool = False


def normalised(name: str) -> str:
    """A name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(text: str, *, editable: bool = False) -> Direct | None:
    """The place that a requirement (without its marker) names, or None where it names a version."""
    named = _NAMED.fullmatch(text)
    name, extras, where = (named["name"], named["extras"], named["where"]) if named else ("", "", text)
    if named is None:
        if not editable and not _is_place(text):
            return None
        if (tail := _EXTRAS.fullmatch(text)) and "://" not in text:
            where, extras = tail["where"], tail["extras"]
    name, extras = normalised(name), ",".join(sorted(re.findall(NAME, extras or "")))
    if re.match(r"(?i)https?://", where):
        return _url(where, name, extras)
    if _VCS.match(where):
        address, _, fragment = where.partition("#")
        if not name and (egg := _EGG.search(fragment)):
            name = normalised(egg["name"])
        return Direct("source", where, name, extras, _COMMIT.search(address) is not None)
    where = re.sub(r"^file:(?://)?", "", where)
    return Direct("file" if _ARCHIVE.search(where) else "folder", where, name, extras)


def _is_place(text: str) -> bool:
    return text.startswith((".", "~", "file:")) or bool(
        _VCS.match(text) or re.search(r"[/\\]", text) or _ARCHIVE.search(text)
    )


def _url(where: str, name: str, extras: str) -> Direct:
    path = unquote(urlsplit(where).path)
    file = path.rpartition("/")[2]
    if file.endswith(".whl"):
        return Direct("wheel", where, name or normalised(file.partition("-")[0]), extras)
    if not name and (egg := _EGG.search(urlsplit(where).fragment)):
        name = normalised(egg["name"])
    return Direct("source", where, name, extras)
