"""The answer to InvokeWithResponseStream: parts as events while the function writes, then InvokeComplete.

Status and headers go out with the first part. What fails before or after it is told in InvokeComplete, with
the error's type as ErrorCode and its payload as ErrorDetails; that much of AWS's answer is documented, the
values were never seen from the service.
"""

from __future__ import annotations

import base64

from onezip.emulator.environments.call import Call
from onezip.emulator.environments.flow import Flow, pour
from onezip.emulator.environments.runtime_api import Answer, Reason
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.plane import event_stream, invoke_api


class StreamAnswer:
    """Answers one call. Of a caller who is gone nothing is asked any more."""

    def __init__(self, exchange: Exchange, call: Call, request_id: str, trace: str) -> None:
        self._exchange = exchange
        self._call = call
        self._head = invoke_api.streamed(call, request_id, trace)
        self._trace = trace
        self._flow: Flow | None = None

    def opened(self, content_type: str, flow: Flow) -> None:
        """The function begins to write."""
        del content_type  # it is the function's own; that of the answer is the framing's
        if self._exchange.lost:
            return
        self._flow = flow
        self._start()
        pour(flow, self._exchange, self._part)

    def _start(self) -> None:
        if not self._exchange.started:
            self._exchange.start(self._head.status, self._head.headers)

    def _part(self, data: bytes) -> None:
        self._exchange.send(event_stream.chunk(data))

    def answered(self, answer: Answer, log: bytes | None = None) -> None:
        """It is through; log is for Tail."""
        exchange = self._exchange
        if exchange.lost or exchange.answered:
            return
        if not exchange.started and answer.reason in {Reason.SHUTDOWN, Reason.HERE}:
            response = invoke_api.answer(self._call, answer, self._trace)
            exchange.reply(response.status, response.headers, response.body)
            return
        self._start()
        if answer.payload and not answer.error:
            exchange.send(event_stream.chunk(answer.payload))
        code = (answer.error_type or answer.error) if answer.error else ""
        details = answer.payload.decode("utf-8", "replace") if answer.error else ""
        tail = "" if log is None else base64.b64encode(log).decode("ascii")
        exchange.send(event_stream.complete(code, details, tail))
        exchange.finish()

    def lost(self) -> None:
        """The caller went away; the function goes on."""
        if self._flow is not None:
            self._flow.close()
