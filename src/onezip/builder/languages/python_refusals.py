"""Who said no to uv, and why: an index that wants to know who asks, or a build backend.  [pure]"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from onezip.builder.languages.base import Explained
from onezip.builder.languages.python_lines import masked

_UNKNOWN = (
    re.compile(
        r"An index URL \((?P<url>[^\s)]+)\) (?:could not be queried|returned)"
        r" [^()]*\((?P<status>40[13][^)]*)\)"
    ),
    re.compile(r"HTTP status client error \((?P<status>40[13][^)]*)\) for url \((?P<url>[^\s)]+)\)"),
)
_LOCAL = re.compile(r"error: Failed to build `[^`]*[/\\]projects[/\\]\d+`")
_SOURCE = re.compile(r"Failed to (?:build|download and build) `(?P<name>[^`]+)`")
_RAISED = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Exit|Warning|Interrupt)(?::|$)")
_END = re.compile(r"\s*(?:error: |hint: |help: |cause: |Caused by|\[std)")
_LINES = 12
"""Most lines of a backend's words that are shown."""


def refused(output: str, indexes: Sequence[tuple[str, str]] = ()) -> Explained | None:
    """What it means where an index answered 401 or 403. indexes are (option, URL), perhaps with secrets.

    uv's documentation ("Authentication"): a named index has its user and password in variables, any other
    in its URL, in a netrc file or in a keyring.
    """
    flat = " ".join(output.split())
    match = next(filter(None, (pattern.search(flat) for pattern in _UNKNOWN)), None)
    if match is None:
        return None
    url, status = masked(match["url"]), match["status"].strip()
    name, given = _known(url, indexes)
    if name:
        variable = re.sub(r"[^A-Za-z0-9]", "_", name).upper()
        way = f"set UV_INDEX_{variable}_USERNAME and UV_INDEX_{variable}_PASSWORD"
    else:
        scheme, _, rest = url.partition("://")
        way = (
            f"write it as {scheme}://${{INDEX_USER}}:${{INDEX_PASSWORD}}@{urlsplit(url).netloc or rest}/... "
            'and add pass_env = ["INDEX_USER", "INDEX_PASSWORD"]; or let UV_DEFAULT_INDEX or a netrc file '
            "(NETRC) carry them"
        )
    said = "does not take the user and password it is given" if given else "wants a user and password"
    if status.startswith("403") and (given or name):
        said, way = "lets this user not read it", f"ask for the right to read it; else {way}"
    return Explained("network.failed", f"the index {url} {said} ({status})", way)


def _known(url: str, indexes: Sequence[tuple[str, str]]) -> tuple[str, bool]:
    """The name of the index that an address belongs to, and whether its URL has credentials."""
    for _, value in indexes:
        name, _, address = value.rpartition("=") if re.match(r"[\w.-]+=https?://", value) else ("", "", value)
        own = urlsplit(masked(address))
        if own.netloc and own.netloc == urlsplit(url).netloc:
            return name, masked(address) != address
    return "", False


def backend(output: str) -> Explained | None:
    """What it means where a build backend failed: its last words, without the way that led there."""
    flat = " ".join(output.split())
    local, source = _LOCAL.search(flat), _SOURCE.search(flat)
    if local is None and source is None:
        return None
    brief = "".join(f"{line}\n" for line in _last_words(output))
    if local is not None:  # the command's title says which project of the repository it is
        hint = "mend its build; a project that is no package says so: [tool.uv] package = false"
        return Explained("build.failed", "", hint, brief)
    name = source["name"] if source else ""
    hint = "require a version with wheels, or install what its build needs"
    return Explained("build.failed", f"{name} could not be built from source", hint, brief)


def _last_words(output: str) -> Iterator[str]:
    """The exception that a traceback ends with, and what it says; else the last lines before uv's own."""
    lines = [line.rstrip() for line in output.splitlines()]
    raised = [number for number, line in enumerate(lines) if _RAISED.match(line.strip())]
    if raised:
        said = []
        for line in lines[raised[-1] :]:
            if _END.match(line):
                break
            said.append(line)
    else:
        end = next((number for number, line in enumerate(lines) if _END.match(line)), len(lines))
        said = lines[:end]
        said = said[-_LINES:]
    shown = [line for line in said if line.strip()]
    yield from shown[:_LINES]
