"""Two events side by side, as a page. All of it is text of a request: everything is escaped."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Any, NamedTuple

from onezip.emulator.echo.compare import Row, Word
from onezip.emulator.http.message import Pairs

_CLASSES = {Word.SAME: "same", Word.DIFFERS: "differs", Word.EXPECTED: "same"}


class Place(NamedTuple):
    """A place of one event."""

    path: str
    value: Any


class Line(NamedTuple):
    """A line of the page: kind is its class; a side is None where that event has no such place."""

    kind: str
    left: Place | None
    right: Place | None

    @property
    def paths(self) -> list[str]:
        """The place's name; two where the events spell a header in two ways."""
        return list(dict.fromkeys(place.path for place in (self.left, self.right) if place is not None))


def lines(rows: Sequence[Row]) -> list[Line]:
    """The rows, and side by side what is one header: a front says `host`, another one `Host`."""
    others = {_alike(row.path): Place(row.path, row.right) for row in rows if row.word is Word.RIGHT}
    found = []
    for row in rows:
        mine = Place(row.path, row.left)
        if row.word is Word.LEFT:
            other = others.pop(_alike(row.path), None)
            found.append(Line("left" if other is None else "differs", mine, other))
        elif row.word is not Word.RIGHT:
            found.append(Line(_CLASSES[row.word], mine, Place(row.path, row.right)))
    return [*found, *(Line("right", None, other) for other in others.values())]


def _alike(path: str) -> str:
    return path.lower() if path.startswith(("headers.", "multiValueHeaders.")) else path


@cache
def _template() -> Template:
    return Template(resources.files("onezip.emulator.echo").joinpath("page.html").read_text(encoding="utf-8"))


@cache
def headers() -> Pairs:
    """No script, no address but this one: the style of the page is named by its digest (CSP level 3)."""
    style = _template().template.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    return (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
    )


def page(
    request: str,
    kinds: tuple[str, str],
    rows: Sequence[Row],
    made_up: Mapping[str, Collection[str]],
    others: Mapping[str, str],
) -> bytes:
    """The page. request is its method and target, made_up the marked places by kind, others links by name."""
    left, right = kinds
    shown = lines(rows)
    body = "\n".join(
        f'<tr class="{line.kind}"><td>{"<br>".join(escape(path) for path in line.paths)}</td>'
        + _cell(line.left, made_up[left])
        + _cell(line.right, made_up[right])
        + "</tr>"
        for line in shown
    )
    links = ", ".join(f'<a href="{escape(to)}">{escape(name)}</a>' for name, to in others.items())
    return (
        _template()
        .substitute(
            left=escape(left),
            right=escape(right),
            request=escape(request),
            count=sum(line.kind != "same" for line in shown),
            total=len(shown),
            others=links,
            rows=body,
        )
        .encode()
    )


def _cell(place: Place | None, marks: Collection[str]) -> str:
    if place is None:
        return "<td></td>"
    note = " <small>made up</small>" if place.path in marks else ""
    return f"<td>{escape(json.dumps(place.value, ensure_ascii=False))}{note}</td>"
