"""An invocation as it was asked for.                                   [pure]"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """`X-Amz-Invocation-Type`."""

    REQUEST_RESPONSE = "RequestResponse"
    EVENT = "Event"
    DRY_RUN = "DryRun"


class Call(NamedTuple):
    """An invocation as it was asked for. trace is the caller's header, client_context JSON text.

    streamed is whether the response is wanted while the function writes it.
    """

    function: str
    payload: bytes
    arn: str
    kind: Kind = Kind.REQUEST_RESPONSE
    qualifier: str = ""
    tail: bool = False
    client_context: str = ""
    tenant_id: str = ""
    trace: str = ""
    streamed: bool = False
