"""IAM: the shape of a signed request. The signature itself is not checked: the key is not here.  [pure]

Source: "Create a signed AWS API request", AWS IAM User Guide (SigV4, in a header or in the query).
"""

from __future__ import annotations

import re

from onezip.emulator.events import query
from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.gateway.authorizers.base import Allowed, Visit
from onezip.emulator.http.message import Response
from onezip.model.front import FrontKind

WARNING = "IAM signatures are not checked here: every well-formed one passes"

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<scope>[^,\s]+), *SignedHeaders=[^,\s]+, *Signature=[0-9a-f]{64}"
)
_SCOPE = re.compile(r"(?P<key>[A-Z0-9]{16,128})/\d{8}/[a-z0-9-]+/(?:execute-api|lambda)/aws4_request")
_MISSING = Response(
    403,
    (("Content-Type", "application/json"), ("x-amzn-ErrorType", "MissingAuthenticationTokenException")),
    b'{"message":"Missing Authentication Token"}',
)


def verdict(visit: Visit) -> Allowed | GatewayError:
    """A request with a well-formed signature passes; the caller is made up from its access key."""
    key = _access_key(visit)
    if key is None:
        error = visit.refused(Fault.FORBIDDEN, "the request has no well-formed AWS signature (SigV4)")
        if visit.front.kind is FrontKind.REST:
            return GatewayError(error.fault, _MISSING, error.why)
        return error
    account = visit.context.account
    arn, user = f"arn:aws:iam::{account}:user/local", "AIDALOCALLOCALLOCAL00"
    if visit.front.kind is FrontKind.REST:
        caller: dict[str, str | None] = {
            "accessKey": key, "accountId": account, "caller": user, "user": user, "userArn": arn,
        }  # fmt: skip
        return Allowed(identity=caller)
    whole = {
        "accessKey": key, "accountId": account, "callerId": user, "cognitoIdentity": None,
        "principalOrgId": None, "userArn": arn, "userId": user,
    }  # fmt: skip
    return Allowed({"iam": whole})


def _access_key(visit: Visit) -> str | None:
    found = _HEADER.fullmatch(visit.request.headers.get("authorization"))
    scope = found["scope"] if found else ""
    if not found:
        given = query.last(query.parameters(visit.request.query))
        if given.get("X-Amz-Algorithm") == "AWS4-HMAC-SHA256" and given.get("X-Amz-Signature"):
            scope = given.get("X-Amz-Credential", "")
    fits = _SCOPE.fullmatch(scope)
    return fits["key"] if fits else None
