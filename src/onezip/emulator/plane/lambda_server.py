"""The Lambda plane: the Invoke API over the pools of all functions, on one address."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from onezip.emulator.environments import words
from onezip.emulator.environments.asynchronous import Events
from onezip.emulator.environments.call import Call, Kind
from onezip.emulator.environments.clock import Clock
from onezip.emulator.environments.environment import Environment, Make
from onezip.emulator.environments.flow import Flow
from onezip.emulator.environments.pool import Job, Pool, Room, Scaling
from onezip.emulator.environments.random_ids import Random
from onezip.emulator.environments.record import Recorder, Story
from onezip.emulator.environments.runtime_api import Answer, Invocation, Reason, Settings
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.guard import known_hosts
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import Response
from onezip.emulator.http.server import Server
from onezip.emulator.plane import invoke_api
from onezip.emulator.plane.invoke_api import Place, Refused
from onezip.emulator.running.hints import hint
from onezip.errors import OnezipError

STATUS = "/_onezip"
"""Tells who serves here, and what: `onezip invoke` asks before it calls."""

_LIMITS = Limits(body=words.REQUEST_LIMIT)


@dataclass(frozen=True, slots=True)
class Served:
    """One function to be served, from the zip with this digest (hex).

    make is None where the build failed, and trouble says why.
    """

    settings: Settings
    make: Make | None
    scaling: Scaling
    sha256: str = ""
    trouble: OnezipError | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How the plane answers: as the service, or with rie as AWS's emulator. about is told at STATUS."""

    region: str = "us-east-1"
    rie: bool = False
    about: Mapping[str, object] | None = None


class LambdaServer:
    """Serves functions by name. Environments start with the first call."""

    def __init__(
        self, functions: Mapping[str, Served], clock: Clock, recorder: Recorder, manner: Manner = Manner()
    ) -> None:
        self._functions = functions
        self._clock = clock
        self._recorder = recorder
        self._manner = manner
        self._place = Place(functions, manner.region)
        self._events = Events(clock, recorder)
        self._pools: dict[str, Pool] = {}
        self._under_way: set[Job] = set()
        self._calm: asyncio.Event | None = None
        self._random = Random()
        self._server = Server(self._asked, _LIMITS, date=True)

    async def start(
        self, host: str = "127.0.0.1", port: int = 9000, names: Iterable[str] = ()
    ) -> tuple[str, int]:
        """Listen; names are further host names to answer to. Raises OSError."""
        bound = await self._server.start(host, port)
        self._server.admit = known_hosts(host, bound[1], names)
        return bound

    async def close(self, grace: float = 0.0) -> None:
        """Take no more calls; those under way have grace seconds, and are answered with a failure then."""
        self._server.closing = True
        if self._under_way and grace:
            self._calm = asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._calm.wait(), grace)
        empty = [self._emptied(pool) for pool in self._pools.values()]
        await asyncio.gather(*empty)
        await self._server.close(0.2)

    async def _emptied(self, pool: Pool) -> None:
        done = asyncio.Event()
        for job in pool.close(done.set):
            if job.on_answer is not None:
                job.on_answer(_stopping(job))
        await done.wait()

    # ---- calls ------------------------------------------------------------------------------

    def _asked(self, exchange: Exchange) -> None:
        request_id = self._random.uuid()
        request = exchange.request
        rie = self._manner.rie
        try:
            if request.target == STATUS:
                _reply(exchange, self._status())
                return
            call = invoke_api.read(request, self._place, rie=rie)
        except Refused as refused:
            self._told(refused.response)
            _reply(exchange, invoke_api.refused(refused.response, request_id))
            return
        self.invoke(call, exchange, request_id)

    def invoke(self, call: Call, exchange: Exchange, request_id: str) -> None:
        """Call a function and answer through the exchange."""
        served = self._functions[call.function]
        trace = "" if self._manner.rie else self._trace(call)
        if call.kind is Kind.DRY_RUN:
            _reply(exchange, invoke_api.accepted(call, request_id, trace))
            return
        if served.make is None:
            message = words.NOT_HERE + (served.trouble.message if served.trouble else "no zip")
            response = invoke_api.unavailable(502, "ServiceException", message)
            _reply(exchange, invoke_api.refused(response, request_id))
            return
        pool = self.pool(call.function)
        invocation = Invocation(
            request_id,
            call.payload,
            call.arn,
            trace,
            call.client_context,
            tenant_id=call.tenant_id,
            streamed=call.streamed,
        )
        job = Job(call, invocation, self._clock.now())
        if call.kind is Kind.EVENT:
            self._events.take(pool, job, self._recorded)
            _reply(exchange, invoke_api.accepted(call, request_id, trace))
            return
        exchange.on_lost = partial(self._lost, exchange, pool, job)
        if call.streamed:
            self._stream(exchange, job)
        elif call.tail or self._manner.rie:
            job.prompt = True
            job.on_answer = partial(self._if_stopping, exchange, job)
            job.on_end = partial(self._late, exchange, job)
        else:
            job.on_answer = partial(self._answer, exchange, job)
            job.on_end = partial(self._recorded, job)
        job.on_throttle = partial(self._throttled, exchange, pool, job)
        self._under_way.add(job)
        pool.submit(job)

    def _stream(self, exchange: Exchange, job: Job) -> None:
        """Answer in events; where the log is asked for, the last one waits for the end of the invocation."""
        from onezip.emulator.plane.stream_answer import StreamAnswer  # few calls need it

        stream = StreamAnswer(exchange, job.call, job.invocation.id, job.invocation.trace_id)
        job.on_open = stream.opened
        forget = exchange.on_lost

        def lost() -> None:
            if exchange.lost:
                stream.lost()
            if forget is not None:
                forget()

        def ended(story: Story) -> None:
            if job.call.tail and story.answer is not None:
                stream.answered(story.answer, story.tail())
            self._recorded(job, story)

        def answered(answer: Answer) -> None:
            if not job.call.tail or answer.reason is Reason.SHUTDOWN:
                stream.answered(answer)

        exchange.on_lost = lost
        job.prompt = job.call.tail
        job.on_answer = answered
        job.on_end = ended

    def take(
        self,
        call: Call,
        request_id: str,
        on_answer: Callable[[Answer], None],
        on_throttle: Callable[[], None],
        on_open: Callable[[str, Flow], None] | None = None,
    ) -> Callable[[], object]:
        """A call from this process, such as a front's. What is returned says that its caller is gone.

        on_open takes the response in parts, where the function writes one; then the answer is its end.
        """
        served = self._functions[call.function]
        streamed = on_open is not None
        invocation = Invocation(request_id, call.payload, call.arn, call.trace, streamed=streamed)
        job = Job(call, invocation, self._clock.now(), on_answer, on_open=on_open)
        if served.make is None or self._server.closing:
            trouble = served.trouble.message if served.trouble else "no zip"
            closing = self._server.closing
            reason = Reason.SHUTDOWN if closing else Reason.HERE
            message = words.STOPPING if closing else words.NOT_HERE + trouble
            on_answer(Answer(request_id, b"", "Unhandled", reason, "", message, reported=False))
            return lambda: False
        pool = self.pool(call.function)

        def throttled() -> None:
            self._over(job)
            on_throttle()

        def lost() -> None:
            if pool.forget(job):
                self._over(job)

        job.on_end = partial(self._recorded, job)
        job.on_throttle = throttled
        self._under_way.add(job)
        pool.submit(job)
        return lost

    def pool(self, name: str) -> Pool:
        """The pool of a function, made with its first call."""
        pool = self._pools.get(name)
        if pool is None:
            served = self._functions[name]
            make = served.make
            assert make is not None  # noqa: S101 - the caller looked

            def add(number: int, owner: Pool) -> Room:
                return Environment(number, served.settings, make, self._clock, self._recorder, owner)

            pool = self._pools[name] = Pool(name, add, served.scaling, self._clock, self._recorder)
        return pool

    def _trace(self, call: Call) -> str:
        seconds = int(self._clock.time())
        return invoke_api.trace_id(
            call.trace, f"1-{seconds:08x}-{self._random.digits(24)}", self._random.digits(8)
        )

    # ---- answers ----------------------------------------------------------------------------

    def _answer(self, exchange: Exchange, job: Job, answer: Answer) -> None:
        if not exchange.lost:
            _reply(exchange, invoke_api.answer(job.call, answer, job.invocation.trace_id))

    def _if_stopping(self, exchange: Exchange, job: Job, answer: Answer) -> None:
        """An answer that is given at the end of the invocation, but for an end that never comes."""
        if answer.reason is Reason.SHUTDOWN:
            job.on_end = None
            self._answer(exchange, job, answer)

    def _late(self, exchange: Exchange, job: Job, story: Story) -> None:
        answer = story.answer
        assert answer is not None  # noqa: S101 - it is over
        if not exchange.lost:
            if self._manner.rie:
                seconds = self._functions[job.call.function].settings.timeout
                response = invoke_api.rie_answer(answer, seconds, died=story.died)
            else:
                response = invoke_api.answer(job.call, answer, job.invocation.trace_id, story.tail())
            _reply(exchange, response)
        self._recorded(job, story)

    def _throttled(self, exchange: Exchange, pool: Pool, job: Job) -> None:
        self._over(job)
        _reply(exchange, invoke_api.refused(invoke_api.throttled(), job.invocation.id))
        self._recorder.notice(
            pool.name,
            f"throttled: {pool.scaling.most} at once, and all are busy (429)",
            "raise the reserved concurrency, or run without --throttle to let callers wait",
        )

    def _lost(self, exchange: Exchange, pool: Pool, job: Job) -> None:
        """The caller went away: what waits is dropped, what runs goes on, as on Lambda."""
        if exchange.lost and pool.forget(job):
            self._over(job)

    def _over(self, job: Job) -> None:
        self._under_way.discard(job)
        if not self._under_way and self._calm is not None:
            self._calm.set()

    def _recorded(self, job: Job, story: Story) -> None:
        """The record of a whole invocation."""
        self._over(job)
        answer, report = story.answer, story.report
        assert answer is not None and report is not None  # noqa: S101, PT018 - it is over
        served = self._functions[job.call.function]
        fields = {
            "requestId": story.id,
            "status": report["status"],
            "environment": report["environment"],
            "metrics": report["metrics"],
            "lines": story.lines,
            "answer": answer,
            "sha256": served.sha256,
            "invocationType": str(job.call.kind),
            "attempt": job.attempt,
            "arn": job.call.arn,
            "requestBytes": len(job.call.payload),
            "responseBytes": answer.streamed or len(answer.payload),
            "hint": hint(answer, served.settings) if answer.error else "",
        }
        self._recorder.happened("invocation", job.call.function, fields)

    def _told(self, response: Response) -> None:
        """Tell the user of a call for a function that is not here."""
        if response.status == 404:
            names = ", ".join(sorted(self._functions))
            self._recorder.notice("", "a call for a function that is not here (404)", f"there are: {names}")

    def _status(self) -> Response:
        about = {**(self._manner.about or {}), "functions": sorted(self._functions)}
        return Response(200, (("Content-Type", "application/json"),), words.compact(about))


def _reply(exchange: Exchange, response: Response) -> None:
    exchange.reply(response.status, response.headers, response.body)


def _stopping(job: Job) -> Answer:
    return Answer(job.invocation.id, b"", "Unhandled", Reason.SHUTDOWN, "", words.STOPPING, reported=False)
