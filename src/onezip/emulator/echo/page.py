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
from typing import Any

from onezip.emulator.echo.compare import Row, Word
from onezip.emulator.http.message import Pairs

_CLASSES = {Word.SAME: "same", Word.DIFFERS: "differs", Word.LEFT: "left", Word.RIGHT: "right"}


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
    body = "\n".join(
        f'<tr class="{_CLASSES[row.word]}"><td>{escape(row.path)}</td>'
        + _cell(row, row.left, Word.RIGHT, made_up[left])
        + _cell(row, row.right, Word.LEFT, made_up[right])
        + "</tr>"
        for row in rows
    )
    links = ", ".join(f'<a href="{escape(to)}">{escape(name)}</a>' for name, to in others.items())
    return (
        _template()
        .substitute(
            left=escape(left),
            right=escape(right),
            request=escape(request),
            count=sum(row.word is not Word.SAME for row in rows),
            total=len(rows),
            others=links,
            rows=body,
        )
        .encode()
    )


def _cell(row: Row, value: Any, absent: Word, marks: Collection[str]) -> str:
    if row.word is absent:
        return "<td></td>"
    note = " <small>made up</small>" if row.path in marks else ""
    return f"<td>{escape(json.dumps(value, ensure_ascii=False))}{note}</td>"
