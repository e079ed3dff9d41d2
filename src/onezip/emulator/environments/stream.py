"""A response that passes through in parts: which one does, how long it may be, how it ends.       [pure]

Sources: "Response streaming for Lambda functions" and "Building a custom runtime", AWS Lambda Developer
Guide. The caller's mode decides, not the runtime's header: aws-lambda-go streams without it.
"""

from __future__ import annotations

from dataclasses import dataclass

from onezip.emulator.environments import words
from onezip.emulator.environments.runtime_api import Answer, Invocation, Reason
from onezip.emulator.environments.states import API, error_body
from onezip.emulator.http.message import Headers, Request

MODES = frozenset({"", "streaming"})
"""What `Lambda-Runtime-Function-Response-Mode` may be; without it the mode is buffered."""


def mode(asked: Request) -> str:
    """The mode that a runtime names."""
    return asked.headers.get("lambda-runtime-function-response-mode")


@dataclass(slots=True)
class Stream:
    """The response to the current invocation: on which connection, bytes so far, whether it broke off."""

    connection: int = 0
    size: int = 0
    broken: bool = False

    def takes(self, data: bytes) -> bool:
        """Count a part; whether it may pass."""
        self.size += len(data)
        return self.size <= words.STREAM_LIMIT

    def answer(self, invocation: Invocation, trailers: Headers) -> Answer:
        """What follows the last part: nothing, or the error that the runtime tells there."""
        kind = trailers.get("lambda-runtime-function-error-type")
        if not kind:
            return Answer(invocation.id, b"", streamed=self.size)
        body = error_body(trailers, b"")
        return Answer(invocation.id, body, "Unhandled", Reason.FUNCTION, kind, streamed=self.size)


def streams(asked: Request, invocation: Invocation | None) -> bool:
    """Does this request answer a streamed invocation?"""
    return (
        invocation is not None
        and invocation.streamed
        and asked.method == "POST"
        and asked.target == f"{API}invocation/{invocation.id}/response"
        and mode(asked) in MODES
    )
