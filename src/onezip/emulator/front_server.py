"""The fronts: one port, several APIs by path or host name, a function behind each route.

A request without an authorizer is answered by callbacks alone, without a task. The gateway's own time ends
in an answer; the function goes on, as it does in AWS.
"""

from __future__ import annotations

import asyncio
import json
import ssl as tls
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from onezip.emulator.clock import Timer
from onezip.emulator.events import MAPPINGS
from onezip.emulator.events.context import Context, Match
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.events.ids import ids
from onezip.emulator.front_calls import Asked, Calls, Forget, Outcome
from onezip.emulator.front_context import Circumstances
from onezip.emulator.front_gate import Gate
from onezip.emulator.gateway.apis import Api, Target
from onezip.emulator.gateway.authorizers.base import Allowed, Visit
from onezip.emulator.gateway.cors import apply, preflight
from onezip.emulator.gateway.routes import choose, match
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.guard import known_hosts
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import HeaderRefused, Request, Response
from onezip.emulator.http.server import Server
from onezip.emulator.invoke_api import trace_id
from onezip.emulator.record import Recorder
from onezip.model.front import FrontKind

LIMITS = Limits(body=10 * 1024 * 1024)
"""The largest body of a gateway; what is over it is refused in the front's own words."""

TIMEOUTS = {FrontKind.REST: 29.0, FrontKind.HTTP: 30.0, FrontKind.HTTP_V1: 30.0}
"""Seconds that a gateway waits for a function ("Quotas" of REST APIs and of HTTP APIs); others have none."""

_NOBODY = Target("")
_encoded = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

Aside = Callable[[Request, Circumstances], Response | None]
"""Answers some requests before any API is asked, such as the echo's."""


@dataclass(slots=True)
class _Turn:
    """One request on its way: began is the clock's time, timer the gateway's own limit."""

    exchange: Exchange
    api: Api
    target: Target
    context: Context
    began: float
    timer: Timer | None = None
    forget: Forget | None = None
    done: bool = False


class FrontServer:
    """Serves APIs. gate decides who may pass, where a route has an authorizer."""

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

    async def start(
        self, host: str = "127.0.0.1", port: int = 3000, names: Iterable[str] = ()
    ) -> tuple[str, int]:
        """Listen; names are further host names to answer to, beside those of the fronts. Raises OSError."""
        bound = await self._server.start(host, port)
        self._around.port = bound[1]
        own = [front.host for front in self._fronts if front.host]
        self._server.admit = known_hosts(host, bound[1], [*names, *own], pages=True)
        return bound

    def retire(self) -> None:
        """Keep no connection; what is under way goes on."""
        self._server.closing = True

    async def close(self) -> None:
        """End; answers that are ready are sent."""
        for task in self._tasks:
            task.cancel()
        await self._server.close(0.2)

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
        front = choose(self._fronts, request.host, request.path)
        if front is None:
            self._nowhere(exchange, began)
            return
        api = self._by_front[id(front)]
        found = match(front, request.method, request.path)
        turn = _Turn(exchange, api, _NOBODY, self._around.of(request, found or Match()), began)
        refused = MAPPINGS[front.kind].refuse(request, front)
        if refused is not None:
            self._refuse(turn, refused)
            return
        answer = preflight(front, request)
        if answer is not None:
            self._reply(turn, answer, own=True, crossed=True)
            return
        if found is None:
            why = f"no route of {api.address} takes {request.method} {request.path}"
            self._refuse(turn, gateway_error(front.kind, Fault.NOT_FOUND, why))
            return
        turn.target = api.targets[found.route.key]
        if turn.target.authorizer is None:
            self._call(turn, Allowed())
            return
        task = asyncio.get_running_loop().create_task(self._judged(turn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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

    async def _judged(self, turn: _Turn) -> None:
        """Ask the authorizer, then the function."""
        target, context = turn.target, turn.context
        assert target.authorizer is not None  # noqa: S101 - the caller looked
        visit = Visit(turn.exchange.request, turn.api.front, context, target.authorizer, target.scopes)
        verdict = await self._gate.judge(visit)
        if isinstance(verdict, GatewayError):
            self._refuse(turn, verdict)
        else:
            self._call(turn, verdict)

    def _call(self, turn: _Turn, allowed: Allowed) -> None:
        request, front = turn.exchange.request, turn.api.front
        event = MAPPINGS[front.kind].event(request, front, allowed.within(turn.context))
        if allowed.identity:
            event["requestContext"]["identity"].update(allowed.identity)
        own = turn.target.timeout
        seconds = own if own is not None else TIMEOUTS.get(front.kind)
        if seconds is not None:
            turn.timer = self._clock.call_later(seconds, partial(self._late, turn, seconds))
        turn.exchange.on_lost = partial(self._lost, turn)
        context = turn.context
        trace = trace_id(context.trace_id, "", context.request_id[:8])
        asked = Asked(turn.target.function, _encoded(event).encode("utf-8"), context.request_id, trace)
        turn.forget = self._calls.call(asked, partial(self._came, turn))

    # ---- its answer -------------------------------------------------------------------------

    def _came(self, turn: _Turn, outcome: Outcome) -> None:
        if turn.done:
            return
        if turn.timer is not None:
            turn.timer.cancel()
        front = turn.api.front
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
        self._refuse(turn, gateway_error(turn.api.front.kind, Fault.TIMEOUT, why))

    def _lost(self, turn: _Turn) -> None:
        """The client went away: what has not begun is dropped, what runs goes on."""
        if turn.exchange.lost and turn.forget is not None:
            turn.forget()
            if turn.timer is not None:
                turn.timer.cancel()
            turn.done = True

    def _refuse(self, turn: _Turn, error: GatewayError) -> None:
        self._reply(turn, error.response, own=True, why=error.why)

    def _reply(
        self, turn: _Turn, response: Response, *, own: bool, crossed: bool = False, why: str = ""
    ) -> None:
        """Answer. own is whether the gateway made the answer, crossed whether it has its CORS headers."""
        turn.done = True
        exchange, front = turn.exchange, turn.api.front
        request = exchange.request
        given = response.headers if crossed else apply(front, request, response.headers)
        pairs = [*given, *ids(front.kind, turn.context, own=own)]
        status = response.status
        try:
            exchange.reply(status, pairs, response.body, reason=response.reason)
        except HeaderRefused as error:
            failed = gateway_error(front.kind, Fault.BAD_REPLY, str(error))
            status, why = failed.response.status, failed.why
            exchange.reply(status, failed.response.headers, failed.response.body)
        self._record(request, turn.target.function, status, turn.began, why)

    def _record(self, request: Request, function: str, status: int, began: float, why: str = "") -> None:
        """What was asked and answered; the query stays out, it may hold secrets."""
        fields = {
            "method": request.method,
            "path": request.path,
            "status": status,
            "durationMs": round((self._clock.now() - began) * 1000, 3),
            "why": why,
        }
        self._recorder.happened("request", function, fields)
