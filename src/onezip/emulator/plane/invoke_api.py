"""The Invoke API: a request -> the call it is, or its refusal; an outcome -> the answer.  [pure]

Sources: "Invoke" and "InvokeWithResponseStream", AWS Lambda API Reference; answers recorded from the service.
`--rie-compat` gives those of AWS's Runtime Interface Emulator instead: no headers of Lambda's own, 502 where
the process died.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple, NoReturn

from onezip.emulator.environments import words
from onezip.emulator.environments.call import Call, Kind
from onezip.emulator.environments.runtime_api import Answer, Reason
from onezip.emulator.http.message import Pairs, Request, Response

ALIAS = "function"
"""The name by which RIE calls its only function."""

ACCOUNT = "123456789012"
"""The account that ARNs name here."""

LATEST = "$LATEST"

EVENTS = "application/vnd.amazon.eventstream"
"""The content type of an answer in events (`event_stream`)."""

LARGE = 65_536
"""Bytes of a payload from which on its syntax is checked without building it."""


class Place(NamedTuple):
    """Where the functions claim to be, and their names."""

    functions: Collection[str]
    region: str = "us-east-1"
    account: str = ACCOUNT

    def arn(self, name: str, qualifier: str = "") -> str:
        """A function's ARN, qualified where the call was."""
        end = f":{qualifier}" if qualifier else ""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{name}{end}"


class Target(NamedTuple):
    """What a path names. qualifier is empty where there is none; streamed is which of the two calls it is."""

    name: str
    qualifier: str
    query_qualifier: str
    streamed: bool = False


_PATH = re.compile(
    r"/(?:2015-03-31/functions/([^/?]+)/invocations|2021-11-15/functions/([^/?]+)/response-streaming-invocations)"
    r"/?(?:\?(.*))?",
    re.DOTALL,
)
_NAME = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?:[a-z]+-)+\d:)?(?:\d{12}:)?(?:function:)?"
    r"([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?"
)


@lru_cache(maxsize=512)
def target(path: str) -> Target | str | None:
    """A path with its query, taken apart; the raw name where it can be no function's; None elsewhere."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    raw, query = found[1] or found[2], ""
    if "%" in path or found[3]:
        from urllib.parse import parse_qsl, unquote  # plain names do without

        raw = unquote(raw)
        query = dict(parse_qsl(found[3] or "")).get("Qualifier", "")
    name = _named(raw)
    return raw if name is None else Target(*name, query, found[1] is None)


def _named(raw: str) -> tuple[str, str] | None:
    """`function:NAME` is a partial ARN, and `function` followed by nothing a name."""
    found = _NAME.fullmatch(raw)
    return None if found is None else (found[1], found[2] or "")


class Refused(Exception):
    """A call that is not one: its answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def read(request: Request, place: Place, *, rie: bool = False) -> Call:
    """The call that a request is. Raises Refused."""
    asked = target(request.target)
    if asked is None or (rie and isinstance(asked, Target) and asked.streamed):
        raise _no(404, "", words.NOT_FOUND, "text/plain; charset=utf-8")
    if isinstance(asked, str):
        raise _no(400, "ValidationException", words.unknown_name(asked))
    if request.method != "POST" and not rie:
        raise Refused(Response(405, (("Allow", "POST"),), b""))
    name = _function(asked, place)
    qualifier = asked.qualifier or asked.query_qualifier
    if asked.query_qualifier and asked.qualifier not in {"", asked.query_qualifier}:
        raise _no(400, "InvalidParameterValueException", words.refusal(words.QUALIFIERS))
    arn = place.arn(name, qualifier)
    size = request.oversize or len(request.body)
    get = request.headers.get
    tenant = get("x-amz-tenant-id")
    if rie:
        if size > words.REQUEST_LIMIT:
            raise _no(413, "RequestEntityTooLargeException", words.refusal(words.request_too_large()))
        return Call(name, request.body, arn, client_context=_rie_context(request), tenant_id=tenant)
    kind = get("x-amz-invocation-type") or Kind.REQUEST_RESPONSE
    if kind not in _KINDS or (asked.streamed and kind == Kind.EVENT):
        raise _no(400, "ValidationException", words.unknown_type(kind, _STREAMED if asked.streamed else _ALL))
    if kind == Kind.EVENT and size > words.EVENT_LIMIT:
        raise _no(413, "RequestEntityTooLargeException", words.refusal(words.event_too_large(size)))
    if size > words.REQUEST_LIMIT:
        raise _no(413, "RequestEntityTooLargeException", words.refusal(words.request_too_large()))
    payload = request.body or b"{}"
    check_json(payload)
    context = get("x-amz-client-context")
    return Call(
        name,
        payload,
        arn,
        _KINDS[kind],
        qualifier,
        get("x-amz-log-type") == "Tail",
        client_context(context) if context else "",
        tenant,
        get("x-amzn-trace-id"),
        asked.streamed,
    )


_KINDS = {str(kind): kind for kind in Kind}
_ALL = (Kind.DRY_RUN, Kind.REQUEST_RESPONSE, Kind.EVENT)
_STREAMED = (Kind.DRY_RUN, Kind.REQUEST_RESPONSE)


def _function(asked: Target, place: Place) -> str:
    """The function of this name; `function` is the only one, unless one is really called so."""
    if asked.name in place.functions:
        return asked.name
    names = sorted(place.functions)
    if asked.name == ALIAS and len(names) == 1:
        return names[0]
    arn = place.arn(asked.name, asked.qualifier or asked.query_qualifier or LATEST)
    message = words.function_not_found(arn)
    if asked.name == ALIAS:
        message += f" (there are several functions here: {', '.join(names)})"
    raise _no(404, "ResourceNotFoundException", words.refusal(message, key="Message"))


def _not_a_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_not_a_number)


def check_json(payload: bytes) -> None:
    """Refuse a payload that is not JSON: it never reaches the function. Raises Refused."""
    if len(payload) > LARGE and _surely_json(payload):
        return
    try:
        _DECODER.decode(payload.decode("utf-8"))
    except RecursionError:
        reason = "nested too deeply"
    except ValueError as error:
        reason = str(error)
    else:
        return
    raise _no(400, "InvalidRequestContentException", words.refusal(words.not_json(reason)))


def _surely_json(payload: bytes) -> bool:
    """Whether SQLite finds it sound; its parser builds no objects, and takes a fifth of the time.

    It reads text up to a NUL, which no JSON holds. Where this Python has none, or an old one, nothing is
    sure.
    """
    try:
        import sqlite3
    except ImportError:
        return False
    if b"\0" in payload:
        return False
    try:
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            found = database.execute("SELECT json_valid(?)", (payload.decode("utf-8"),)).fetchone()
    except (UnicodeDecodeError, sqlite3.Error):
        return False
    return bool(found[0])


def client_context(header: str) -> str:
    """The JSON text of a client context, fit for a header. Raises Refused."""
    try:
        text = base64.b64decode(header, validate=True).decode("utf-8")
        value = json.loads(text)
        if not isinstance(value, dict):
            raise ValueError("no object")  # noqa: TRY301, TRY004 - one answer for all that is wrong
    except (binascii.Error, ValueError, RecursionError):
        body = words.refusal(words.CLIENT_CONTEXT)
        raise _no(400, "InvalidRequestContentException", body) from None
    return text if text.isascii() and text.isprintable() else json.dumps(value)


def _rie_context(request: Request) -> str:
    header = request.headers.get("x-amz-client-context")
    try:
        text = base64.b64decode(header, validate=True).decode("latin-1")
    except binascii.Error:
        raise Refused(Response(500, (), b"")) from None
    if not text.isprintable():  # it travels in a header
        raise Refused(Response(500, (), b""))
    return text


def trace_id(sent: str, root: str, lineage: str) -> str:
    """What the function sees: the caller's Root is kept, a new one made where there is none."""
    kept = sent if re.search(r"(^|;)\s*Root=1-", sent) and sent.isprintable() and sent.isascii() else ""
    return with_lineage(kept or f"Root={root}", lineage)


def with_lineage(trace: str, lineage: str) -> str:
    """A trace with the field that Lambda adds."""
    return trace if "Lineage=" in trace else f"{trace};Lineage={lineage}:0"


def _no(status: int, error_type: str, body: bytes, content: str = "application/json") -> Refused:
    heads = [("Content-Type", content)]
    if error_type:
        heads.append(("x-amzn-ErrorType", error_type))
    return Refused(Response(status, tuple(heads), body))


# ---- answers --------------------------------------------------------------------------------------------


def refused(response: Response, request_id: str) -> Response:
    """A refusal with the id that every answer of the service has."""
    return Response(response.status, (*response.headers, ("x-amzn-RequestId", request_id)), response.body)


def accepted(call: Call, request_id: str, trace: str) -> Response:
    """The answer to Event (202) and DryRun (204): empty, without X-Amz-Executed-Version."""
    heads: Pairs = (("x-amzn-RequestId", request_id), ("X-Amzn-Trace-Id", trace))
    return Response(204 if call.kind is Kind.DRY_RUN else 202, heads, b"")


def throttled() -> Response:
    """429: no environment is free, and none may be added."""
    heads: Pairs = (("Content-Type", "application/json"), ("x-amzn-ErrorType", "TooManyRequestsException"))
    return Response(429, heads, words.THROTTLED)


def unavailable(status: int, error_type: str, message: str) -> Response:
    """An answer of the service's own failures, which here are ours."""
    heads: Pairs = (("Content-Type", "application/json"), ("x-amzn-ErrorType", error_type))
    return Response(status, heads, words.refusal(message, kind="Service", key="Message"))


def streamed(call: Call, request_id: str, trace: str) -> Response:
    """The head of an answer in events."""
    heads: Pairs = (
        ("Content-Type", EVENTS),
        ("x-amzn-RequestId", request_id),
        ("X-Amz-Executed-Version", _version(call)),
        ("X-Amzn-Trace-Id", trace),
    )
    return Response(200, heads)


def _version(call: Call) -> str:
    return call.qualifier if call.qualifier.isdecimal() else LATEST


def answer(call: Call, outcome: Answer, trace: str, log: bytes | None = None) -> Response:
    """200 with the function's payload, or with what stands for it; log is for Tail."""
    if outcome.reason is Reason.SHUTDOWN:
        return refused(unavailable(500, "ServiceException", outcome.message), outcome.id)
    if outcome.reason is Reason.HERE:
        response = unavailable(502, "ServiceException", words.NOT_HERE + outcome.message)
        return refused(response, outcome.id)
    heads = [("Content-Type", "application/json"), ("x-amzn-RequestId", outcome.id)]
    if outcome.error:
        heads.append(("X-Amz-Function-Error", outcome.error))
    heads += [("X-Amz-Executed-Version", _version(call)), ("X-Amzn-Trace-Id", trace)]
    if log is not None:
        heads.append(("X-Amz-Log-Result", base64.b64encode(log).decode("ascii")))
    return Response(200, heads, outcome.payload)


def rie_answer(outcome: Answer, seconds: float, *, died: bool) -> Response:
    """The answer of RIE, which it gives when the invocation is over. seconds is the timeout.

    died is whether the process ended in this invocation.
    """
    heads: Pairs = (("Content-Type", "text/plain; charset=utf-8"),)
    match outcome.reason:
        case Reason.TIMEOUT:
            return Response(200, heads, words.timed_out(seconds).encode())
        case Reason.INIT | Reason.START | Reason.HERE | Reason.SHUTDOWN:
            return Response(502, heads, outcome.payload if outcome.reported else b"")
        case Reason.TOO_LARGE:
            return Response(502, heads, words.failure(words.TOO_LARGE, outcome.message))
        case Reason.EXIT:
            return Response(502, heads, outcome.payload)
    return Response(502 if died else 200, heads, outcome.payload)
