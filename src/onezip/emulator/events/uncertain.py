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
"""All of them, in the order of this file, then those of `uncertain_authorizers`."""


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


def decide(name: str, fronts: str, value: T, decided: str, mark: str, otherwise: str) -> Decision[T]:
    """A decision that the mappings use, registered."""
    decision = Decision(name, fronts, value, decided, mark, otherwise)
    DECISIONS.append(decision)
    return decision


def note(name: str, fronts: str, decided: str, mark: str, otherwise: str) -> None:
    """A decision that is the shape of the code, registered."""
    decide(name, fronts, None, decided, mark, otherwise)


# ---- what the function gets ------------------------------------------------------------------------

KEY_WITHOUT_EQUALS = decide(
    "query-key-without-equals", "all", "",
    "`?a` is the parameter `a` with an empty value.", "K",
    "leave the parameter out",
)  # fmt: skip
INVALID_UTF8 = decide(
    "invalid-utf8", "all but ALB bodies", "replace",
    "Percent-encoded bytes and text bodies that are not UTF-8 become U+FFFD in the event.", "K",
    "answer 400, or keep the percent-encoding",
)  # fmt: skip
note(
    "query-semicolons", "HTTP API, function URL, ALB",
    "Only a REST API splits parameters at `;`.", "K",
    "split them on an HTTP API, too",
)  # fmt: skip
TRAILING_SLASH = decide(
    "trailing-slash", "HTTP API", True,
    "`/x/` takes the route `/x`; the event keeps the slash.", "K",
    "take `/x/{id}` or `$default`",
)  # fmt: skip
note(
    "encoded-paths-and-routes", "REST API, HTTP API",
    "Routes are compared with the path as sent: `/%61` does not take the route `/a`, and `%2F` separates "
    "nothing.", "K",
    "compare the decoded path",
)  # fmt: skip
note(
    "stage-in-path", "REST API, HTTP API",
    "A named stage may stand in the path, as at a gateway's own address, or be left out, as at a custom "
    "domain.", "local",
    "answer 403 without the stage at its own address",
)  # fmt: skip
note(
    "base-path-in-event", "REST API, HTTP API",
    "The base path of a custom domain stands in `path` and `rawPath`.", "K",
    "leave it out",
)  # fmt: skip
STAGE_IN_V1_PATH = decide(
    "stage-in-v1-path", "HTTP API with payload 1.0", True,
    "A named stage stands in `path`, as it does in `rawPath`.", "K",
    "leave it out, as a REST API does",
)  # fmt: skip
note(
    "cloudfront-headers", "REST API",
    "The API is regional: no `CloudFront-*`, `Via` and `X-Amz-Cf-Id`.", "local",
    "add them, for an edge-optimised API",
)  # fmt: skip
note(
    "forwarded-scheme", "all",
    "`X-Forwarded-Proto` and `-Port` say how this request came, so that links back work.", "local",
    "say `https` and 443",
)  # fmt: skip
note(
    "domain-name", "REST API, HTTP API, function URL",
    "`domainName` is the Host that was called.", "local",
    "name the API's own domain",
)  # fmt: skip
URL_TLS = decide(
    "function-url-tls", "function URL", ("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    "The `x-amzn-tls-*` headers are made up.", "local",
    "tell the real version and cipher",
)  # fmt: skip
EMPTY_IS_TEXT = decide(
    "empty-body-is-text", "HTTP API, ALB", False,
    "`isBase64Encoded` is false where there is no body.", "K",
    "say true for an unknown content type",
)  # fmt: skip
DROPPED_REQUEST_HEADERS = decide(
    "dropped-request-headers", "HTTP API, function URL, ALB",
    frozenset({"connection", "expect", "keep-alive", "proxy-connection", "te", "trailer",
               "transfer-encoding", "upgrade"}),
    "Headers of one connection do not reach the function.", "K",
    "pass some of them on",
)  # fmt: skip

# ---- what the function's reply becomes -------------------------------------------------------------

EMPTY_OBJECT = decide(
    "empty-object", "REST API", True,
    "The reply `{}` is 200 with an empty body.", "K",
    "answer 502",
)  # fmt: skip
REST_COOKIES = decide(
    "rest-cookies", "REST API", False,
    "`cookies` is an unknown key: 502.", "K",
    "ignore it",
)  # fmt: skip
REST_REMAPPED = decide(
    "rest-remapped-headers", "REST API",
    frozenset({"authorization", "connection", "content-length", "content-md5", "date", "max-forwards",
               "server", "user-agent", "www-authenticate"}),
    "These headers of a reply are renamed to `x-amzn-Remapped-...`, as documented.", "D",
    "rename only Connection, Content-Length, Date and Server, as was seen with HTTP proxies",
)  # fmt: skip
STATUS_AS_TEXT = decide(
    "status-as-text", "HTTP API, function URL", True,
    'A `statusCode` of digits in a string (`"201"`) is taken.', "K",
    "answer 500, or 502 for a function URL",
)  # fmt: skip
STATUS_RANGE = decide(
    "status-range", "all", (100, 599),
    "A `statusCode` outside of 200 to 599 is a malformed reply; so is 1xx.", "K",
    "pass other numbers on",
)  # fmt: skip
NULL_HEADER = decide(
    "null-header", "REST API, HTTP API, function URL", "",
    "A header with the value null is sent empty.", "K",
    "leave it out, or answer 502",
)  # fmt: skip
NESTED_HEADER = decide(
    "nested-header", "REST API, HTTP API, function URL", False,
    "A header whose value is a list or an object is a malformed reply.", "K",
    "send its JSON",
)  # fmt: skip
OBJECT_BODY = decide(
    "object-body", "HTTP API", False,
    "A `body` that is not a string is a malformed reply.", "K",
    "send its JSON, as a function URL does",
)  # fmt: skip
NULL_RESULT = decide(
    "null-result", "HTTP API, function URL", b"null",
    "A function that returns nothing is answered with 200 and the body `null`.", "K",
    "answer with an empty body",
)  # fmt: skip
COMPACT_JSON = decide(
    "compact-json", "HTTP API", True,
    "An inferred JSON body has no white space, as recorded from function URLs.", "K",
    "send it as the runtime wrote it",
)  # fmt: skip
note(
    "bad-base64", "REST API, HTTP API, function URL",
    "A body that should be base64 and is not is a malformed reply.", "K",
    "send it as it is",
)  # fmt: skip
note(
    "unsendable-header", "all",
    "A header with a line break, a NUL or a space in its name is a malformed reply.", "K",
    "leave the header out, or replace the line break",
)  # fmt: skip
REPLY_NAMES = decide(
    "reply-header-names", "HTTP API", True,
    "Each word of a reply's header names gets a capital (`X-Custom-Header`).", "I",
    "capitalise the first letter only",
)  # fmt: skip
ALB_CONTENT_TYPE = decide(
    "alb-content-type", "ALB", "application/octet-stream",
    "A reply without Content-Type is sent as `application/octet-stream`.", "I",
    "send no Content-Type",
)  # fmt: skip
ALB_NO_RULE = decide(
    "alb-no-rule", "ALB", 503,
    "Where no rule fits, the answer is 503.", "K",
    "follow the listener's default action",
)  # fmt: skip
VERBATIM_TYPE = decide(
    "streamed-verbatim-type", "function URL with RESPONSE_STREAM", "application/octet-stream",
    "A reply without prelude has the runtime's own Content-Type, else `application/octet-stream`.", "K",
    "send it as application/json",
)  # fmt: skip
note(
    "streamed-before-the-first-byte", "function URL with RESPONSE_STREAM",
    "Status and headers go out with the first byte, or the end of the prelude; what fails before is "
    "a 502.", "K",
    "answer 200 as soon as the function begins",
)  # fmt: skip
note(
    "streamed-prelude-size", "function URL with RESPONSE_STREAM",
    "A prelude of more than 1 MB is a malformed reply.", "K",
    "take less, or more",
)  # fmt: skip
note(
    "streamed-breaks-off", "function URL with RESPONSE_STREAM",
    "A reply that an error, a timeout or its size breaks off ends without the last chunk.", "K",
    "end it as if it were all, or tell the error in a trailer",
)  # fmt: skip

note(
    "reply-not-json", "HTTP API, function URL",
    "A result that is not JSON is a malformed reply.", "K",
    "send it as it is, as application/json",
)  # fmt: skip

METHODS = decide(
    "methods", "REST API, HTTP API, function URL",
    frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}),
    "Other methods, such as TRACE and PROPFIND, are answered as a path without a route.", "K",
    "answer with another status, or call the function",
)  # fmt: skip
note(
    "options-asterisk", "all",
    "`OPTIONS *` is answered with 400.", "K",
    "answer it as a path",
)  # fmt: skip

# ---- what the gateway answers itself ---------------------------------------------------------------

THROTTLED_REST = decide(
    "throttled-rest", "REST API", 502,
    "A throttled function is answered with 502.", "K",
    "answer 500 or 429",
)  # fmt: skip
THROTTLED_HTTP = decide(
    "throttled-http", "HTTP API", 503,
    "A throttled function is answered with 503 `Service Unavailable`.", "K",
    "answer 500 or 429",
)  # fmt: skip
THROTTLED_URL = decide(
    "throttled-url", "function URL", b'{"Message":"Rate exceeded"}',
    "The body of the 429 for a throttled function.", "K",
    "use other words",
)  # fmt: skip
TOO_LARGE_URL = decide(
    "too-large-url", "function URL", b'{"Message":"Request Too Long"}',
    "The body of the 413 for a request over 6 MB.", "K",
    "use other words",
)  # fmt: skip
AUTHORIZER_FAILED_REST = decide(
    "authorizer-failed-rest", "REST API", b'{"message":null}',
    "The body of the 500 for an authorizer that fails or gives no sound policy.", "K",
    "use other words",
)  # fmt: skip

# ---- cross-origin requests -------------------------------------------------------------------------

PREFLIGHT_BEFORE_ROUTES = decide(
    "preflight-before-routes", "HTTP API", True,
    "Where CORS is configured, the API answers every OPTIONS request that no OPTIONS route takes, also "
    "before an ANY route or `$default`.", "I",
    "let an ANY route take it",
)  # fmt: skip
PREFLIGHT_STATUS_URL = decide(
    "preflight-status-url", "function URL", 200,
    "A preflight is answered with 200 and no body.", "K",
    "answer 204",
)  # fmt: skip
note(
    "preflight-of-another-origin", "HTTP API, function URL",
    "A preflight from an origin that is not allowed gets the same status without CORS headers.", "K",
    "answer 403",
)  # fmt: skip
note(
    "cors-of-a-rest-api", "REST API",
    "CORS in a template is an OPTIONS method for each resource that answers 200; the function's replies are "
    "left as they are.", "K",
    "answer 204 or with other headers",
)  # fmt: skip

note(
    "broken-path", "HTTP API",
    "A path that is no percent-encoding after it was decoded once (`%25done`) was seen to be refused; the "
    'answer is 400 `{"message":"Bad Request"}`.', "K",
    "answer with another status or body",
)  # fmt: skip
note(
    "url-path-decoded-once", "function URL",
    "`requestContext.http.path` is decoded once.", "K",
    "decode it twice, as an HTTP API does",
)  # fmt: skip

# ---- around the function ---------------------------------------------------------------------------

note(
    "cors-of-own-answers", "HTTP API, function URL",
    "Answers that the front makes itself, such as 404 and 500, have its CORS headers too.", "K",
    "leave them without",
)  # fmt: skip
note(
    "front-timeout", "ALB, function URL",
    "The front waits as long as the function may run.", "K",
    "end the connection after an idle timeout of its own",
)  # fmt: skip
note(
    "streamed-speed", "function URL with RESPONSE_STREAM",
    "A reply goes as fast as its reader takes it.", "local",
    "slow it down to 2 MB a second after the first 6 MB",
)  # fmt: skip
note(
    "streamed-at-the-end", "function URL with RESPONSE_STREAM before another Invoke API (`onezip front`)",
    "The reply is sent when the function has ended.", "local",
    "send it while the function writes",
)  # fmt: skip
note(
    "no-front-at-this-place", "all",
    "A host and path that no front has is answered as the first front answers an unknown path.", "local",
    "have no such address",
)  # fmt: skip
