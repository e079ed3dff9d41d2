"""The echo on a port of its own, before no function at all."""

from __future__ import annotations

import ssl as tls
from collections.abc import Iterable

from onezip.emulator.echo.answer import Echo
from onezip.emulator.environments.record import Recorder
from onezip.emulator.front.context import Circumstances
from onezip.emulator.front.later import LIMITS
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.guard import known_hosts
from onezip.emulator.http.server import Server
from onezip.model.front import FrontKind


class EchoServer:
    """Shows each request. kind is the front where a request names none."""

    def __init__(
        self, recorder: Recorder, kind: FrontKind = FrontKind.HTTP, *, ssl: tls.SSLContext | None = None
    ) -> None:
        self._echo = Echo(kind, alone=True)
        self._recorder = recorder
        self._around = Circumstances(recorder.clock, "http" if ssl is None else "https")
        self._server = Server(self._asked, LIMITS, date=True, ssl=ssl)

    async def start(
        self, host: str = "127.0.0.1", port: int = 3000, names: Iterable[str] = ()
    ) -> tuple[str, int]:
        """Listen; names are further host names to answer to. Raises OSError."""
        bound = await self._server.start(host, port)
        self._around.port = bound[1]
        self._server.admit = known_hosts(host, bound[1], names, pages=True)
        return bound

    def retire(self) -> None:
        """Keep no connection."""
        self._server.closing = True

    async def close(self) -> None:
        """End."""
        await self._server.close(0.2)

    def _asked(self, exchange: Exchange) -> None:
        request = exchange.request
        began = self._recorder.clock.now()
        answer = self._echo(request, self._around)
        assert answer is not None  # noqa: S101 - alone it answers everything
        exchange.reply(answer.status, answer.headers, answer.body)
        took = (self._recorder.clock.now() - began) * 1000
        fields = {"method": request.method, "path": request.path, "status": answer.status}
        self._recorder.happened("request", "", {**fields, "durationMs": round(took, 3), "why": ""})
