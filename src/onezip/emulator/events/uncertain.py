"""Where AWS does not say what it does, and nobody recorded it: what onezip does, in one place.   [pure]

Each decision is a value that the mappings use, with its words beside it; the docs page is made from
DECISIONS. Marks: `K` general knowledge, unchecked; `I` seen in an issue, once; `D` documented, and seen
otherwise; `local` no question of AWS's at all, but of running here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

DECISIONS: list[Decision[Any]] = []
"""All of them, in the order of this file."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[T]):
    """One decision: for which fronts, the value, what it means, its mark, and what AWS might do instead.

    value is None where the decision is the shape of the code rather than a value in it.
    """

    name: str
    fronts: str
    value: T
    decided: str
    mark: str
    otherwise: str


def _decide(name: str, fronts: str, value: T, decided: str, mark: str, otherwise: str) -> Decision[T]:
    decision = Decision(name, fronts, value, decided, mark, otherwise)
    DECISIONS.append(decision)
    return decision


def _note(name: str, fronts: str, decided: str, mark: str, otherwise: str) -> None:
    _decide(name, fronts, None, decided, mark, otherwise)


# ---- what the function gets ------------------------------------------------------------------------

KEY_WITHOUT_EQUALS = _decide(
    "query-key-without-equals", "all", "",
    "`?a` is the parameter `a` with an empty value.", "K",
    "leave the parameter out",
)  # fmt: skip
INVALID_UTF8 = _decide(
    "invalid-utf8", "all but ALB bodies", "replace",
    "Percent-encoded bytes and text bodies that are not UTF-8 become U+FFFD in the event.", "K",
    "answer 400, or keep the percent-encoding",
)  # fmt: skip
_note(
    "query-semicolons", "HTTP API, function URL, ALB",
    "Only a REST API splits parameters at `;`.", "K",
    "split them on an HTTP API, too",
)  # fmt: skip
TRAILING_SLASH = _decide(
    "trailing-slash", "HTTP API", True,
    "`/x/` takes the route `/x`; the event keeps the slash.", "K",
    "take `/x/{id}` or `$default`",
)  # fmt: skip
_note(
    "encoded-paths-and-routes", "REST API, HTTP API",
    "Routes are compared with the path as sent: `/%61` does not take the route `/a`, and `%2F` separates "
    "nothing.", "K",
    "compare the decoded path",
)  # fmt: skip
_note(
    "stage-in-path", "REST API, HTTP API",
    "A named stage may stand in the path, as at a gateway's own address, or be left out, as at a custom "
    "domain.", "local",
    "answer 403 without the stage at its own address",
)  # fmt: skip
_note(
    "base-path-in-event", "REST API, HTTP API",
    "The base path of a custom domain stands in `path` and `rawPath`.", "K",
    "leave it out",
)  # fmt: skip
STAGE_IN_V1_PATH = _decide(
    "stage-in-v1-path", "HTTP API with payload 1.0", True,
    "A named stage stands in `path`, as it does in `rawPath`.", "K",
    "leave it out, as a REST API does",
)  # fmt: skip
_note(
    "cloudfront-headers", "REST API",
    "The API is regional: no `CloudFront-*`, `Via` and `X-Amz-Cf-Id`.", "local",
    "add them, for an edge-optimised API",
)  # fmt: skip
_note(
    "forwarded-scheme", "all",
    "`X-Forwarded-Proto` and `-Port` say how this request came, so that links back work.", "local",
    "say `https` and 443",
)  # fmt: skip
_note(
    "domain-name", "REST API, HTTP API, function URL",
    "`domainName` is the Host that was called.", "local",
    "name the API's own domain",
)  # fmt: skip
URL_TLS = _decide(
    "function-url-tls", "function URL", ("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    "The `x-amzn-tls-*` headers are made up.", "local",
    "tell the real version and cipher",
)  # fmt: skip
EMPTY_IS_TEXT = _decide(
    "empty-body-is-text", "HTTP API, ALB", False,
    "`isBase64Encoded` is false where there is no body.", "K",
    "say true for an unknown content type",
)  # fmt: skip
DROPPED_REQUEST_HEADERS = _decide(
    "dropped-request-headers", "HTTP API, function URL, ALB",
    frozenset({"connection", "expect", "keep-alive", "proxy-connection", "te", "trailer",
               "transfer-encoding", "upgrade"}),
    "Headers of one connection do not reach the function.", "K",
    "pass some of them on",
)  # fmt: skip

# ---- what the function's reply becomes -------------------------------------------------------------

EMPTY_OBJECT = _decide(
    "empty-object", "REST API", True,
    "The reply `{}` is 200 with an empty body.", "K",
    "answer 502",
)  # fmt: skip
REST_COOKIES = _decide(
    "rest-cookies", "REST API", False,
    "`cookies` is an unknown key: 502.", "K",
    "ignore it",
)  # fmt: skip
REST_REMAPPED = _decide(
    "rest-remapped-headers", "REST API",
    frozenset({"authorization", "connection", "content-length", "content-md5", "date", "max-forwards",
               "server", "user-agent", "www-authenticate"}),
    "These headers of a reply are renamed to `x-amzn-Remapped-...`, as documented.", "D",
    "rename only Connection, Content-Length, Date and Server, as was seen with HTTP proxies",
)  # fmt: skip
STATUS_AS_TEXT = _decide(
    "status-as-text", "HTTP API, function URL", True,
    'A `statusCode` of digits in a string (`"201"`) is taken.', "K",
    "answer 500, or 502 for a function URL",
)  # fmt: skip
STATUS_RANGE = _decide(
    "status-range", "all", (100, 599),
    "A `statusCode` outside of 200 to 599 is a malformed reply; so is 1xx.", "K",
    "pass other numbers on",
)  # fmt: skip
NULL_HEADER = _decide(
    "null-header", "REST API, HTTP API, function URL", "",
    "A header with the value null is sent empty.", "K",
    "leave it out, or answer 502",
)  # fmt: skip
NESTED_HEADER = _decide(
    "nested-header", "REST API, HTTP API, function URL", False,
    "A header whose value is a list or an object is a malformed reply.", "K",
    "send its JSON",
)  # fmt: skip
OBJECT_BODY = _decide(
    "object-body", "HTTP API", False,
    "A `body` that is not a string is a malformed reply.", "K",
    "send its JSON, as a function URL does",
)  # fmt: skip
NULL_RESULT = _decide(
    "null-result", "HTTP API, function URL", b"null",
    "A function that returns nothing is answered with 200 and the body `null`.", "K",
    "answer with an empty body",
)  # fmt: skip
COMPACT_JSON = _decide(
    "compact-json", "HTTP API", True,
    "An inferred JSON body has no white space, as recorded from function URLs.", "K",
    "send it as the runtime wrote it",
)  # fmt: skip
_note(
    "bad-base64", "REST API, HTTP API, function URL",
    "A body that should be base64 and is not is a malformed reply.", "K",
    "send it as it is",
)  # fmt: skip
_note(
    "unsendable-header", "all",
    "A header with a line break, a NUL or a space in its name is a malformed reply.", "K",
    "leave the header out, or replace the line break",
)  # fmt: skip
REPLY_NAMES = _decide(
    "reply-header-names", "HTTP API", True,
    "Each word of a reply's header names gets a capital (`X-Custom-Header`).", "I",
    "capitalise the first letter only",
)  # fmt: skip
ALB_CONTENT_TYPE = _decide(
    "alb-content-type", "ALB", "application/octet-stream",
    "A reply without Content-Type is sent as `application/octet-stream`.", "I",
    "send no Content-Type",
)  # fmt: skip
ALB_NO_RULE = _decide(
    "alb-no-rule", "ALB", 503,
    "Where no rule fits, the answer is 503.", "K",
    "follow the listener's default action",
)  # fmt: skip
VERBATIM_TYPE = _decide(
    "streamed-verbatim-type", "function URL with RESPONSE_STREAM", "application/octet-stream",
    "A reply without prelude is sent as `application/octet-stream`.", "K",
    "send it as application/json",
)  # fmt: skip

_note(
    "reply-not-json", "HTTP API, function URL",
    "A result that is not JSON is a malformed reply.", "K",
    "send it as it is, as application/json",
)  # fmt: skip

# ---- what the gateway answers itself ---------------------------------------------------------------

THROTTLED_REST = _decide(
    "throttled-rest", "REST API", 502,
    "A throttled function is answered with 502.", "K",
    "answer 500 or 429",
)  # fmt: skip
THROTTLED_HTTP = _decide(
    "throttled-http", "HTTP API", 503,
    "A throttled function is answered with 503 `Service Unavailable`.", "K",
    "answer 500 or 429",
)  # fmt: skip
THROTTLED_URL = _decide(
    "throttled-url", "function URL", b'{"Message":"Rate exceeded"}',
    "The body of the 429 for a throttled function.", "K",
    "use other words",
)  # fmt: skip
TOO_LARGE_URL = _decide(
    "too-large-url", "function URL", b'{"Message":"Request Too Long"}',
    "The body of the 413 for a request over 6 MB.", "K",
    "use other words",
)  # fmt: skip
AUTHORIZER_FAILED_REST = _decide(
    "authorizer-failed-rest", "REST API", b'{"message":null}',
    "The body of the 500 for an authorizer that fails or gives no sound policy.", "K",
    "use other words",
)  # fmt: skip

# ---- cross-origin requests -------------------------------------------------------------------------

PREFLIGHT_BEFORE_ROUTES = _decide(
    "preflight-before-routes", "HTTP API", True,
    "Where CORS is configured, the API answers every OPTIONS request that no OPTIONS route takes, also "
    "before an ANY route or `$default`.", "I",
    "let an ANY route take it",
)  # fmt: skip
PREFLIGHT_STATUS_URL = _decide(
    "preflight-status-url", "function URL", 200,
    "A preflight is answered with 200 and no body.", "K",
    "answer 204",
)  # fmt: skip
_note(
    "preflight-of-another-origin", "HTTP API, function URL",
    "A preflight from an origin that is not allowed gets the same status without CORS headers.", "K",
    "answer 403",
)  # fmt: skip
_note(
    "cors-of-a-rest-api", "REST API",
    "CORS in a template is an OPTIONS method for each resource that answers 200; the function's replies are "
    "left as they are.", "K",
    "answer 204 or with other headers",
)  # fmt: skip

_note(
    "broken-path", "HTTP API",
    "A path that is no percent-encoding after it was decoded once (`%25done`) was seen to be refused; the "
    'answer is 400 `{"message":"Bad Request"}`.', "K",
    "answer with another status or body",
)  # fmt: skip
_note(
    "url-path-decoded-once", "function URL",
    "`requestContext.http.path` is decoded once.", "K",
    "decode it twice, as an HTTP API does",
)  # fmt: skip

# ---- authorizers -----------------------------------------------------------------------------------

_note(
    "policy-conditions", "REST API, HTTP API",
    "A statement with a Condition is not evaluated: the policy is taken as malformed, 500.", "local",
    "evaluate it",
)  # fmt: skip
_note(
    "integration-latency", "REST API",
    "`integrationLatency` in the authorizer's context is 0.", "local",
    "tell the milliseconds that the authorizer took",
)  # fmt: skip
_note(
    "authorizer-context", "HTTP API",
    "A Lambda authorizer's context reaches the function as it is, lists and objects too.", "K",
    "refuse them, or make them text",
)  # fmt: skip
_note(
    "jwt-words", "HTTP API",
    "Only `the token does not have a valid audience` was seen; the other `error_description`s are ours.", "K",
    "use other words",
)  # fmt: skip
_note(
    "jwt-times", "HTTP API",
    "`exp`, `nbf` and `iat` are compared with this machine's clock, without tolerance.", "K",
    "allow for clocks that differ",
)  # fmt: skip
_note(
    "jwt-scopes", "HTTP API",
    "`scopes` in the event are those that the route asks for, null where it asks for none.", "K",
    "list those of the token",
)  # fmt: skip
_note(
    "iam-signature", "REST API, HTTP API, function URL",
    "A signature's form is checked and the signature is not; the caller's ARN is made up.", "local",
    "check it, and tell who called",
)  # fmt: skip

# ---- around the function ---------------------------------------------------------------------------

_note(
    "cors-of-own-answers", "HTTP API, function URL",
    "Answers that the front makes itself, such as 404 and 500, have its CORS headers too.", "K",
    "leave them without",
)  # fmt: skip
_note(
    "front-timeout", "ALB, function URL",
    "The front waits as long as the function may run.", "K",
    "end the connection after an idle timeout of its own",
)  # fmt: skip
_note(
    "streamed-at-the-end", "function URL with RESPONSE_STREAM",
    "The reply is sent when the function has ended.", "local",
    "send it while the function writes",
)  # fmt: skip
_note(
    "no-front-at-this-place", "all",
    "A host and path that no front has is answered as the first front answers an unknown path.", "local",
    "have no such address",
)  # fmt: skip
