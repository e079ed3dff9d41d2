"""The fronts: one port, several APIs by path or host name, a function behind each route.

A request without an authorizer is answered by callbacks alone, without a task. The gateway's own time ends
in an answer; the function goes on, as it does in AWS.
"""

from __future__ import annotations

import asyncio
import json
import ssl as tls
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from onezip.emulator.environments.clock import Lapses, Timer
from onezip.emulator.environments.flow import Flow, pour
from onezip.emulator.environments.record import Recorder
from onezip.emulator.events import MAPPINGS, url
from onezip.emulator.events.context import Context, Match
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.events.ids import ids
from onezip.emulator.events.methods import unserved
from onezip.emulator.events.replies import Malformed
from onezip.emulator.front.calls import Asked, Calls, Forget, Outcome
from onezip.emulator.front.context import Circumstances
from onezip.emulator.front.gate import Gate
from onezip.emulator.front.later import LIMITS
from onezip.emulator.gateway.api_keys import key_of
from onezip.emulator.gateway.apis import Api, Target
from onezip.emulator.gateway.authorizers.base import Allowed, Visit
from onezip.emulator.gateway.cors import apply, preflight
from onezip.emulator.gateway.routes import choose, match
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.guard import known_hosts
from onezip.emulator.http.message import HeaderRefused, Pairs, Request, Response
from onezip.emulator.http.server import Server
from onezip.emulator.plane.invoke_api import with_lineage
from onezip.model.front import FrontKind

TIMEOUTS = {FrontKind.REST: 29.0, FrontKind.HTTP: 30.0, FrontKind.HTTP_V1: 30.0}
"""Seconds that a gateway waits for a function ("Quotas" of REST APIs and of HTTP APIs); others have none."""

_NOBODY = Target("")
_encoded = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode

Aside = Callable[[Request, Circumstances], Response | None]
"""Answers some requests before any API is asked, such as the echo's."""


@dataclass(slots=True)
class _Turn:
    """One request on its way: began is the clock's time, timer the gateway's own limit.

    preflight is the gateway's answer to one that its authorizer judges; flow and opening are of a reply that
    comes in parts, status of an answer that has begun.
    """

    exchange: Exchange
    api: Api
    target: Target
    context: Context
    began: float
    timer: Timer | None = None
    forget: Forget | None = None
    flow: Flow | None = None
    opening: url.Opening | None = None
    status: int = 0
    done: bool = False
    preflight: Response | None = None


class FrontServer:
    """Serves APIs. gate decides who may pass, where a route has an authorizer.

    warnings are what the gate says of authorizers that are not real here.
    """

    def __init__(
        self,
        apis: Sequence[Api],
        calls: Calls,
        recorder: Recorder,
        gate: Gate,
        *,
        aside: Aside | None = None,
        ssl: tls.SSLContext | None = None,
    ) -> None:
        self.apis = apis
        self.warnings: Sequence[str] = ()
        self._fronts = [api.front for api in apis]
        self._by_front = {id(api.front): api for api in apis}
        self._calls = calls
        self._recorder = recorder
        self._clock = recorder.clock
        self._gate = gate
        self._aside = aside
        self._around = Circumstances(recorder.clock, "http" if ssl is None else "https")
        self._server = Server(self._asked, LIMITS, date=True, ssl=ssl)
        self._tasks: set[asyncio.Task[None]] = set()
        self._limits: dict[float, Lapses] = {}

    async def start(
        self, host: str = "127.0.0.1", port: int = 3000, names: Iterable[str] = ()
    ) -> tuple[str, int]:
        """Listen; names are further host names to answer to, beside those of the fronts. Raises OSError."""
        bound = await self._server.start(host, port)
        self._around.port = bound[1]
        own = [front.host for front in self._fronts if front.host]
        self._server.admit = known_hosts(host, bound[1], [*names, *own], pages=True)
        return bound

    def take(self, server: Server, port: int) -> None:
        """Answer what comes to a server that listens already."""
        self._server = server
        self._around.port = port
        server.handler = self._asked

    def retire(self) -> None:
        """Keep no connection; what is under way goes on."""
        self._server.closing = True

    async def close(self) -> None:
        """End; answers that are ready are sent."""
        for task in self._tasks:
            task.cancel()
        await self._server.close(0.2)
        self._recorder.catch_up()

    # ---- a request --------------------------------------------------------------------------

    def _asked(self, exchange: Exchange) -> None:
        request = exchange.request
        began = self._clock.now()
        if self._aside is not None:
            answer = self._aside(request, self._around)
            if answer is not None:
                exchange.reply(answer.status, answer.headers, answer.body)
                self._record(request, "", answer.status, began)
                return
        path = request.path
        front = choose(self._fronts, request.host, path)
        if front is None:
            self._nowhere(exchange, began)
            return
        api = self._by_front[id(front)]
        found = match(front, request.method, path)
        turn = _Turn(exchange, api, _NOBODY, self._around.of(request, found or Match()), began)
        refused = unserved(request, front.kind) or MAPPINGS[front.kind].refuse(request, front)
        if refused is not None:
            self._refuse(turn, refused)
            return
        answer = preflight(front, request)
        if answer is not None:
            turn.preflight = answer
            if api.preflight is None:
                self._pass(turn, Allowed())
            else:
                self._judge(turn, Target("", api.preflight))
            return
        if found is None:
            why = f"no route of {api.address} takes {request.method} {path}"
            self._refuse(turn, gateway_error(front.kind, Fault.NOT_FOUND, why))
            return
        turn.target = api.targets[found.route.key]
        if turn.target.authorizer is None:
            self._pass(turn, Allowed())
            return
        self._judge(turn, turn.target)

    def _nowhere(self, exchange: Exchange, began: float) -> None:
        """No API has this host and path: as the first of them would say it."""
        request = exchange.request
        kind = self._fronts[0].kind if self._fronts else FrontKind.HTTP
        places = ", ".join(api.address for api in self.apis)
        error = gateway_error(kind, Fault.NOT_FOUND, f"no front has this path; there are: {places}")
        response = error.response
        own = ids(kind, self._around.of(request, Match()), own=True)
        exchange.reply(response.status, (*response.headers, *own), response.body, reason=response.reason)
        self._record(request, "", response.status, began, error.why)

    def _judge(self, turn: _Turn, target: Target) -> None:
        task = asyncio.get_running_loop().create_task(self._judged(turn, target))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _judged(self, turn: _Turn, target: Target) -> None:
        """Ask the authorizer, then the function."""
        context = turn.context
        assert target.authorizer is not None  # noqa: S101 - the caller looked
        visit = Visit(turn.exchange.request, turn.api.front, context, target.authorizer, target.scopes)
        verdict = await self._gate.judge(visit)
        if isinstance(verdict, GatewayError):
            self._refuse(turn, verdict)
        else:
            self._pass(turn, verdict)

    def _pass(self, turn: _Turn, allowed: Allowed) -> None:
        """What comes after the authorizer: the answer of a preflight, the API key, the function."""
        if turn.preflight is not None:
            self._reply(turn, turn.preflight, own=True, crossed=True)
        elif not turn.target.api_key:
            self._call(turn, allowed)
        elif isinstance(key := key_of(turn.exchange.request), GatewayError):
            self._refuse(turn, key)
        else:
            self._call(turn, replace(allowed, identity={**(allowed.identity or {}), "apiKey": key}))

    def _call(self, turn: _Turn, allowed: Allowed) -> None:
        request, front = turn.exchange.request, turn.api.front
        event = MAPPINGS[front.kind].event(request, front, allowed.within(turn.context))
        if allowed.identity:
            event["requestContext"]["identity"].update(allowed.identity)
        context = turn.context
        trace = with_lineage(context.trace_id, context.request_id[:8])
        payload = _encoded(event).encode("utf-8")
        on_open = partial(self._opened, turn) if front.streaming and front.kind is FrontKind.URL else None
        asked = Asked(turn.target.function, payload, context.request_id, trace, on_open)
        turn.forget = self._calls.call(asked, partial(self._came, turn))
        if turn.done:
            return
        turn.exchange.on_lost = partial(self._lost, turn)
        own = turn.target.timeout
        seconds = own if own is not None else TIMEOUTS.get(front.kind)
        if seconds is not None:
            turn.timer = self._limit(seconds).add(partial(self._late, turn, seconds))
        self._around.prepare()

    def _limit(self, seconds: float) -> Lapses:
        found = self._limits.get(seconds)
        if found is None:
            found = self._limits[seconds] = Lapses(self._clock, seconds)
        return found

    # ---- its answer -------------------------------------------------------------------------

    def _came(self, turn: _Turn, outcome: Outcome) -> None:
        if turn.done:
            return
        if turn.timer is not None:
            turn.timer.cancel()
        front = turn.api.front
        if turn.opening is not None and outcome.fault is None:
            self._part(turn, b"")  # a reply without a byte begins at its end
        if turn.exchange.started:
            if not turn.done:
                self._end(turn, outcome.why or "the reply broke off" if outcome.fault is not None else "")
            return
        if turn.opening is not None and outcome.fault is None:
            why = "the reply ended before the eight NUL bytes that end its prelude"
            self._refuse(turn, gateway_error(front.kind, Fault.BAD_REPLY, why))
            return
        if outcome.fault is not None:
            self._refuse(turn, gateway_error(front.kind, outcome.fault, outcome.why))
            return
        response = MAPPINGS[front.kind].response(outcome.payload, turn.exchange.request, front)
        if isinstance(response, GatewayError):
            self._refuse(turn, response)
        else:
            self._reply(turn, response, own=False)

    def _late(self, turn: _Turn, seconds: float) -> None:
        """The gateway's time is over."""
        why = f"the front waits {seconds:g} s, and the function took longer; it goes on"
        if turn.flow is not None:
            turn.flow.close()
        if turn.exchange.started:
            self._end(turn, why)
            return
        self._refuse(turn, gateway_error(turn.api.front.kind, Fault.TIMEOUT, why))

    def _lost(self, turn: _Turn) -> None:
        """The client went away: what has not begun is dropped, what runs goes on."""
        if turn.exchange.lost and turn.forget is not None:
            turn.forget()
            if turn.timer is not None:
                turn.timer.cancel()
            if turn.flow is not None:
                turn.flow.close()
            turn.done = True

    # ---- an answer in parts -----------------------------------------------------------------

    def _opened(self, turn: _Turn, content_type: str, flow: Flow) -> None:
        """The function begins to write."""
        if turn.done:
            return
        turn.flow, turn.opening = flow, url.Opening(content_type)
        pour(flow, turn.exchange, partial(self._part, turn))

    def _part(self, turn: _Turn, data: bytes) -> None:
        exchange = turn.exchange
        if turn.opening is not None:
            try:
                response = turn.opening.feed(data)
                if response is None:
                    return
                exchange.start(response.status, self._headers(turn, response))
            except (Malformed, HeaderRefused) as error:
                if turn.flow is not None:
                    turn.flow.close()
                self._refuse(turn, gateway_error(turn.api.front.kind, Fault.BAD_REPLY, str(error)))
                return
            turn.opening, turn.status, data = None, response.status, response.body
        exchange.send(data)

    def _end(self, turn: _Turn, why: str) -> None:
        """Nothing follows. With why it was not all, and the client sees that: no last chunk comes."""
        turn.done = True
        if why:
            turn.exchange.cut()
        else:
            turn.exchange.finish()
        self._record(turn.exchange.request, turn.target.function, turn.status, turn.began, why)

    # ---- an answer as a whole ---------------------------------------------------------------

    def _refuse(self, turn: _Turn, error: GatewayError) -> None:
        self._reply(turn, error.response, own=True, why=error.why)

    def _reply(
        self, turn: _Turn, response: Response, *, own: bool, crossed: bool = False, why: str = ""
    ) -> None:
        """Answer. own is whether the gateway made the answer, crossed whether it has its CORS headers."""
        turn.done = True
        exchange, front = turn.exchange, turn.api.front
        request = exchange.request
        pairs = self._headers(turn, response, own=own, crossed=crossed)
        status = response.status
        try:
            exchange.reply(status, pairs, response.body, reason=response.reason)
        except HeaderRefused as error:
            failed = gateway_error(front.kind, Fault.BAD_REPLY, str(error))
            status, why = failed.response.status, failed.why
            exchange.reply(status, failed.response.headers, failed.response.body)
        self._record(request, turn.target.function, status, turn.began, why)

    @staticmethod
    def _headers(turn: _Turn, response: Response, *, own: bool = False, crossed: bool = False) -> Pairs:
        front = turn.api.front
        given = response.headers if crossed else apply(front, turn.exchange.request, response.headers)
        return [*given, *ids(front.kind, turn.context, own=own)]

    def _record(self, request: Request, function: str, status: int, began: float, why: str = "") -> None:
        """What was asked and answered; the query stays out, it may hold secrets."""
        took = self._clock.now() - began

        def tell() -> None:
            fields = {
                "method": request.method,
                "path": request.path,
                "status": status,
                "durationMs": round(took * 1000, 3),
                "why": why,
            }
            self._recorder.happened("request", function, fields)

        self._recorder.later(tell)
