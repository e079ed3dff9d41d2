"""`/json`, `/dump` and `/diff`: any method, any path below them, any query and body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onezip.emulator.echo.compare import Row, Word, compare
from onezip.emulator.echo.dump import dump
from onezip.emulator.echo.marks import made_up
from onezip.emulator.echo.page import headers, page
from onezip.emulator.events import MAPPINGS, query
from onezip.emulator.events.context import Context, Match
from onezip.emulator.events.faults import GatewayError
from onezip.emulator.front.context import Circumstances
from onezip.emulator.gateway.apis import routes
from onezip.emulator.gateway.routes import match
from onezip.emulator.http.message import Request, Response
from onezip.model.front import Front, FrontKind

PATHS = ("/json", "/dump", "/diff")
MADE_UP = "X-Onezip-Made-Up"
"""The header of `/json` that names what is made up, so that the body is the event alone."""

_HELP = """\
/json   the event of this request, as JSON
/dump   the same, with types
/diff   two events of this request, side by side; as a page for a browser

?as=rest, http, http-v1, alb, alb-multi or url says which front; /diff?as=rest,url names two.
"""
_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
_JSON = (("Content-Type", "application/json"),)
_TWO = 2


class Echo:
    """Answers requests for its paths. kind is the front where a request names none.

    Alone it answers all others, too, with what there is.
    """

    def __init__(self, kind: FrontKind = FrontKind.HTTP, *, alone: bool = False) -> None:
        self._kind = kind
        self._alone = alone

    def __call__(self, request: Request, around: Circumstances) -> Response | None:
        """The answer, or None where the request is for somebody else."""
        path = "/" + request.path.lstrip("/").partition("/")[0]
        if path not in PATHS:
            return (
                Response(200 if request.path == "/" else 404, _TEXT, _HELP.encode()) if self._alone else None
            )
        wanted = query.last(query.parameters(request.query)).get("as", "")
        named = [name for name in wanted.split(",") if name]
        unknown = [name for name in named if name not in set(FrontKind)]
        if unknown or len(named) > (_TWO if path == "/diff" else 1):
            said = f"?as={wanted}: there are {', '.join(FrontKind)}\n"
            return Response(400, _TEXT, said.encode("utf-8", "replace"))
        kinds = [FrontKind(name) for name in named] or [self._kind]
        if path == "/diff":
            return _diff(request, around, kinds, self._kind)
        event = _event(request, around.of(request, Match()), kinds[0])
        if isinstance(event, GatewayError):
            return event.response
        marks = made_up(kinds[0], request, event)
        if path == "/dump":
            return Response(200, _TEXT, dump(event, marks).encode("utf-8", "replace"))
        return Response(200, (*_JSON, (MADE_UP, ", ".join(marks))), _text(event))


def _event(request: Request, context: Context, kind: FrontKind) -> dict[str, Any] | GatewayError:
    """The event of a front that takes every request, or what it refuses."""
    front = Front(kind)
    front = replace(front, routes=routes(front))
    refused = MAPPINGS[kind].refuse(request, front)
    if refused is not None:
        return refused
    found = match(front, request.method, request.path)
    assert found is not None  # noqa: S101 - it takes every request
    return MAPPINGS[kind].event(request, front, context._replace(match=found))


def _diff(request: Request, around: Circumstances, kinds: list[FrontKind], usual: FrontKind) -> Response:
    if len(kinds) < _TWO:
        kinds = [usual, next(kind for kind in (*kinds, FrontKind.REST, FrontKind.HTTP) if kind is not usual)]
    left, right = kinds
    events: dict[FrontKind, dict[str, Any]] = {}
    context = around.of(request, Match())
    for kind in kinds:
        event = _event(request, context, kind)
        if isinstance(event, GatewayError):
            return event.response
        events[kind] = event
    marks = {str(kind): made_up(kind, request, event) for kind, event in events.items()}
    rows = compare(events[left], events[right])
    if "text/html" in request.headers.get("accept"):
        kept = [part for part in request.query.split("&") if part and not part.startswith("as=")]
        others = {
            f"{a} and {b}": f"{request.path}?{'&'.join([*kept, f'as={a},{b}'])}"
            for a, b in _PAIRS
            if (a, b) != (left, right)
        }
        shown = f"{request.method} {request.target}"
        return Response(200, headers(), page(shown, (str(left), str(right)), rows, marks, others))
    differences = [_row(row) for row in rows if row.word is not Word.SAME]
    told = {"left": left, "right": right, "madeUp": marks, "differences": differences}
    return Response(200, _JSON, _text(told))


_PAIRS = (("http", "rest"), ("http", "url"), ("http", "http-v1"), ("rest", "alb"), ("alb", "alb-multi"))


def _row(row: Row) -> dict[str, Any]:
    sides = {"left": row.left, "right": row.right}
    absent = {"only left": "right", "only right": "left"}.get(row.word, "")
    sides.pop(absent, None)
    return {"path": row.path, "what": row.word, **sides}


def _text(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")
