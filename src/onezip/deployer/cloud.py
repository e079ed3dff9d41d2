"""What the deployer asks of AWS, as a Protocol, and how it tells that a call failed.  [pure]

Operations and parameters are those of the service models (`UpdateFunctionCode`, `RevisionId`); an answer is
the operation's output as JSON values. `aws.py` has the one Cloud that is AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import Any, Protocol


class Cloud(Protocol):
    """One account and Region, seen through one set of credentials. Called from several threads."""

    @property
    def region(self) -> str:
        """The Region, such as `eu-central-1`."""
        ...

    def regions(self) -> Sequence[str]:
        """The Regions that are known, for words only."""
        ...

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One call, once: `call("lambda", "GetFunctionConfiguration", FunctionName="x")`.

        Raises CloudError, also where no answer came.
        """
        ...

    def fetch(self, address: str) -> Iterator[bytes]:
        """The bytes behind a presigned address. Raises CloudError, which never holds the address."""
        ...


class Clock(Protocol):
    """Time, and chance: handed in, so that a test needs neither."""

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def jitter(self) -> float:
        """A number from 0 to 1, another one each time."""
        ...


class CloudError(Exception):
    """A call that failed. status is HTTP's, 0 where no answer came; code is AWS's, or the library's word.

    region is where a bucket says that it is.
    """

    def __init__(
        self, service: str, operation: str, code: str, message: str, *, status: int = 0, region: str = ""
    ) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.service = service
        self.operation = operation
        self.code = code
        self.message = message
        self.status = status
        self.region = region


class Kind(Enum):
    """What a failed call asks for."""

    MISSING = auto()
    EXISTS = auto()
    STALE = auto()
    BUSY = auto()
    THROTTLED = auto()
    BROKEN = auto()
    UNREACHABLE = auto()
    ROLE_LAG = auto()
    REFUSED = auto()


_THROTTLED = frozenset({
    "TooManyRequestsException", "ThrottlingException", "Throttling", "ThrottledException", "SlowDown",
    "RequestLimitExceeded", "RequestThrottled", "EC2ThrottledException",
})  # fmt: skip
_BROKEN = frozenset({
    "ReadTimeoutError", "ConnectionClosedError", "ResponseParserError", "IncompleteReadError",
    "ResponseStreamingError", "HTTPClientError", "ProtocolError", "ConnectionError", "RequestTimeout",
})  # fmt: skip
_UNREACHABLE = frozenset({
    "EndpointConnectionError", "ConnectTimeoutError", "SSLError", "ProxyConnectionError",
})  # fmt: skip


def kind(error: CloudError) -> Kind:
    """What a failed call asks for, told from status, code and, where AWS gives no more, the message."""
    message = error.message.lower()
    if error.status == 412 or error.code in {"PreconditionFailedException", "PreconditionFailed"}:
        return Kind.STALE
    if error.status == 429 or error.code in _THROTTLED:
        return Kind.THROTTLED
    if error.status == 404 or error.code in {"ResourceNotFoundException", "NoSuchKey", "NoSuchEntity"}:
        return Kind.MISSING
    if error.status == 409 or error.code in {"ResourceConflictException", "EntityAlreadyExists"}:
        if "aliases reference it" in message:
            return Kind.REFUSED  # "Unable to delete version because the following aliases reference it"
        return Kind.EXISTS if "exist" in message else Kind.BUSY
    if "cannot be assumed by lambda" in message:
        return Kind.ROLE_LAG
    if error.code in _UNREACHABLE:
        return Kind.UNREACHABLE
    if error.status >= 500 or error.code in _BROKEN:
        return Kind.BROKEN
    return Kind.REFUSED
