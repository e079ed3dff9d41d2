"""The gate of a route with an authorizer: asks its function, remembers the answer, fetches its keys."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from onezip.emulator.environments import words
from onezip.emulator.environments.record import Recorder
from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.front.calls import Asked, Calls, Outcome
from onezip.emulator.front.keys import KeyStore
from onezip.emulator.gateway import api_keys
from onezip.emulator.gateway.apis import Api
from onezip.emulator.gateway.authorizers import ASKING, TOKENS, iam, jwt_claims
from onezip.emulator.gateway.authorizers.base import Allowed, Malformed, Visit
from onezip.model.front import Authorizer, AuthorizerKind, FrontKind

_UNAUTHORIZED = "Unauthorized"
"""An error of these words is an authorizer's way to say 401 (REST APIs)."""

REMEMBERED = 10_000
"""Replies that are remembered at most; the oldest go first."""


class Gate:
    """Judges requests on routes with an authorizer. root is the folder of key sets that are files."""

    def __init__(
        self, calls: Calls, recorder: Recorder, *, root: str = ".", region: str = "us-east-1"
    ) -> None:
        self._calls = calls
        self._clock = recorder.clock
        self._recorder = recorder
        self._region = region
        self._keys = KeyStore(self._clock, root)
        self._replies: OrderedDict[tuple[Authorizer, tuple[str, ...]], tuple[float, Any]] = OrderedDict()

    def prepare(self, apis: Iterable[Api]) -> list[str]:
        """Look at all authorizers before anything listens; what is not real, in words. Raises ToolMissing."""
        apis = list(apis)
        every = {each for api in apis for each in api.authorizers}
        if any(each.kind in TOKENS for each in every):
            jwt_claims.need()
        found = [iam.WARNING] if any(each.kind is AuthorizerKind.IAM for each in every) else []
        if any(target.api_key for api in apis for target in api.targets.values()):
            found.append(api_keys.WARNING)
        said = {each.name: text for each in every if (text := jwt_claims.unknown(each))}
        return [*found, *(f"authorizer {name}: {said[name]}" for name in sorted(said))]

    async def judge(self, visit: Visit) -> Allowed | GatewayError:
        """May the request pass?"""
        match visit.authorizer.kind:
            case AuthorizerKind.IAM:
                return iam.verdict(visit)
            case AuthorizerKind.JWT | AuthorizerKind.COGNITO:
                return await self._token(visit)
        return await self._ask(visit)

    # ---- functions --------------------------------------------------------------------------

    async def _ask(self, visit: Visit) -> Allowed | GatewayError:
        authorizer = visit.authorizer
        kind = ASKING[authorizer.kind]
        visit = Visit(visit.request, visit.front, visit.context, authorizer, visit.scopes, self._region)
        identity = kind.identity(visit)
        if isinstance(identity, GatewayError):
            return identity
        place = (authorizer, identity)
        reply = self._remembered(place)
        try:
            if reply is None:
                reply = await self._reply(visit, kind.event(visit, identity))
                if isinstance(reply, GatewayError):
                    return reply
                verdict = kind.verdict(visit, reply)
                if authorizer.ttl and identity:
                    self._remember(place, reply)
                return verdict
            return kind.verdict(visit, reply)
        except Malformed as error:
            return visit.refused(Fault.AUTHORIZER_FAILED, str(error))

    async def _reply(self, visit: Visit, event: dict[str, Any]) -> Any:
        """The authorizer function's reply, or what stands for its failure."""
        came: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def on_outcome(outcome: Outcome) -> None:
            if not came.done():
                came.set_result(outcome)

        trace = visit.context.trace_id
        asked = Asked(visit.authorizer.function or "", words.compact(event), str(uuid.uuid4()), trace)
        forget = self._calls.call(asked, on_outcome)
        try:
            outcome = await came
        except asyncio.CancelledError:
            forget()
            raise
        if outcome.fault is not None:
            if visit.front.kind is FrontKind.REST and _message(outcome.payload) == _UNAUTHORIZED:
                return visit.refused(Fault.UNAUTHORIZED, "its function said Unauthorized")
            return visit.refused(Fault.AUTHORIZER_FAILED, f"its function failed: {outcome.why}")
        try:
            return json.loads(outcome.payload)
        except (ValueError, RecursionError):
            return visit.refused(Fault.AUTHORIZER_FAILED, "its function's reply is not JSON")

    def _remembered(self, place: tuple[Authorizer, tuple[str, ...]]) -> Any:
        found = self._replies.get(place)
        if found is None:
            return None
        until, reply = found
        if self._clock.now() < until:
            return reply
        del self._replies[place]
        return None

    def _remember(self, place: tuple[Authorizer, tuple[str, ...]], reply: Any) -> None:
        self._replies[place] = (self._clock.now() + place[0].ttl, reply)
        while len(self._replies) > REMEMBERED:
            self._replies.popitem(last=False)

    # ---- tokens -----------------------------------------------------------------------------

    async def _token(self, visit: Visit) -> Allowed | GatewayError:
        kind = TOKENS[visit.authorizer.kind]
        token = kind.token_of(visit)
        if isinstance(token, GatewayError):
            return token
        try:
            kid = jwt_claims.kid(token)
        except jwt_claims.Refused as refused:
            return kind.invalid(visit, refused)
        try:
            keys = await self._keys.of(visit.authorizer, kid)
        except (OSError, ValueError) as error:
            why = f"its keys cannot be had: {error}; name them: --jwks {visit.authorizer.name}=FILE"
            return kind.invalid(visit, jwt_claims.Refused("OIDC discovery endpoint communication error", why))
        return kind.verdict(visit, token, keys, self._clock.time())


def _message(payload: bytes) -> str:
    """The errorMessage of a function's error."""
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    return str(told.get("errorMessage", "")) if isinstance(told, dict) else ""
