"""What all kinds of authorizers share: the request that wants in, and the two ends of it.       [pure]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from onezip.emulator.events.context import Context
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.http.message import Request
from onezip.model.front import Authorizer, Front, FrontKind


@dataclass(frozen=True, slots=True)
class Visit:
    """A request on a route with an authorizer. scopes are those that the route asks for."""

    request: Request
    front: Front
    context: Context
    authorizer: Authorizer
    scopes: tuple[str, ...] = ()
    region: str = "us-east-1"

    @property
    def arn(self) -> str:
        """The method's ARN: what an IAM policy allows or denies."""
        context, front = self.context, self.front
        path = context.match.path.lstrip("/")
        place = f"arn:aws:execute-api:{self.region}:{context.account}:{context.api}"
        return f"{place}/{front.stage.name}/{self.request.method}/{path}"

    def refused(self, fault: Fault, why: str) -> GatewayError:
        """The front's answer, with the authorizer's name in our words."""
        return gateway_error(self.front.kind, fault, f"authorizer {self.authorizer.name}: {why}")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The request may pass. context is what stands under `requestContext.authorizer`.

    identity is what a REST API knows of the caller beside it, for `requestContext.identity`.
    """

    context: Mapping[str, Any] | None = None
    identity: Mapping[str, str | None] | None = None

    def within(self, context: Context) -> Context:
        """The request's circumstances with what the authorizer said."""
        return context if self.context is None else context._replace(authorizer=self.context)


class Malformed(ValueError):
    """An authorizer's reply that no gateway can read; the text says what is wrong with it."""


def lambda_context(front: Front, context: Mapping[str, Any], principal: str | None) -> dict[str, Any]:
    """A Lambda authorizer's context, in the shape of the event's payload version."""
    if front.kind is FrontKind.HTTP:
        return {"lambda": dict(context)}
    return {**context, **({} if principal is None else {"principalId": principal})}


def with_header(error: GatewayError, name: str, value: str) -> GatewayError:
    """The answer with one more header."""
    response = error.response._replace(headers=(*error.response.headers, (name, value)))
    return replace(error, response=response)
