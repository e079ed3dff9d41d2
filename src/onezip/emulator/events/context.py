"""What a gateway knows of a request beyond its bytes.                                           [pure]"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from onezip.model.front import Route

DEFAULT = Route("ANY", "$default")
"""The route of a front without routes."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Match(NamedTuple):
    """The route of a request.

    parameters are the path variables, as sent. path is what the routes were compared with, as sent; prefix
    is what stood before it: the stage of a gateway's own address (staged), or a base path.
    """

    route: Route = DEFAULT
    parameters: Mapping[str, str] = MappingProxyType({})
    path: str = "/"
    prefix: str = ""
    staged: bool = False


class Context(NamedTuple):
    """One request's circumstances.

    time is in seconds since the epoch; port and scheme are those of the listener. extended_id is a REST
    API's second id, trace_id an `X-Amzn-Trace-Id`. authorizer is what stands under
    `requestContext.authorizer`, in the front's own shape.
    """

    request_id: str
    time: float
    match: Match = Match()
    trace_id: str = ""
    extended_id: str = ""
    account: str = "123456789012"
    api: str = "local"
    scheme: str = "http"
    port: int = 3000
    target_group: str = (
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/local/0123456789abcdef"
    )
    authorizer: Mapping[str, Any] | None = None

    @property
    def epoch(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.time * 1000)

    @property
    def clf(self) -> str:
        """The time in the common log format, `09/Apr/2015:12:34:56 +0000`."""
        return _clf(int(self.time))


@lru_cache(maxsize=4)
def _clf(second: int) -> str:
    at = datetime.fromtimestamp(second, UTC)
    return f"{at:%d}/{_MONTHS[at.month - 1]}/{at:%Y:%H:%M:%S} +0000"


@lru_cache(maxsize=256)
def domain(host: str) -> tuple[str, str]:
    """Out of a Host, domainName (without port) and domainPrefix (its first label)."""
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return name, name.partition(".")[0]
