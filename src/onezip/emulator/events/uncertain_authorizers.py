"""Where AWS does not say what its authorizers do: the decisions, as in `uncertain`.   [pure]"""

from __future__ import annotations

from onezip.emulator.events.uncertain import decide, note

note(
    "policy-conditions", "REST API, HTTP API",
    "A statement with a Condition is not evaluated: the policy is taken as malformed, 500.", "local",
    "evaluate it",
)  # fmt: skip
note(
    "integration-latency", "REST API",
    "`integrationLatency` in the authorizer's context is 0.", "local",
    "tell the milliseconds that the authorizer took",
)  # fmt: skip
note(
    "authorizer-context", "HTTP API",
    "A Lambda authorizer's context reaches the function as it is, lists and objects too.", "K",
    "refuse them, or make them text",
)  # fmt: skip
note(
    "jwt-words", "HTTP API",
    "Only `the token does not have a valid audience` was seen; the other `error_description`s are ours.", "K",
    "use other words",
)  # fmt: skip
note(
    "jwt-times", "HTTP API",
    "`exp`, `nbf` and `iat` are compared with this machine's clock, without tolerance.", "K",
    "allow for clocks that differ",
)  # fmt: skip
note(
    "jwt-scopes", "HTTP API",
    "`scopes` in the event are those that the route asks for, null where it asks for none.", "K",
    "list those of the token",
)  # fmt: skip
COGNITO_TIMES = decide(
    "cognito-times", "REST API", True,
    "A user pool's claims reach the function as text: lists with commas, `exp` and `iat` as Java prints "
    "dates.", "I",
    "write numbers",
)  # fmt: skip
note(
    "cognito-refused", "REST API",
    "A user pool's token that is wrong is answered with 401 `Unauthorized`, also where only its scopes are; "
    "one that has expired says so.", "K",
    "answer 403 where scopes are missing",
)  # fmt: skip
note(
    "unknown-issuer", "REST API, HTTP API",
    "Where a template does not tell an issuer or an audience, a token of any passes that the keys of "
    "`--jwks` have signed.", "local",
    "take the pool's own tokens only",
)  # fmt: skip
note(
    "several-user-pools", "REST API",
    "Of several user pools of one authorizer the first one counts.", "local",
    "take tokens of each of them",
)  # fmt: skip
note(
    "root-security", "REST API, HTTP API",
    "In an OpenAPI definition `security` at the top holds for each operation that says none itself.", "K",
    "pass over it",
)  # fmt: skip
note(
    "payload-format-of-a-definition", "HTTP API",
    "An integration of an OpenAPI definition without `payloadFormatVersion` has payload 1.0.", "K",
    "take 2.0",
)  # fmt: skip
note(
    "api-keys", "REST API",
    "Every API key passes; it is looked for after the authorizer was asked.", "local",
    "know its keys and their usage plans",
)  # fmt: skip
note(
    "iam-signature", "REST API, HTTP API, function URL",
    "A signature's form is checked and the signature is not; the caller's ARN is made up.", "local",
    "check it, and tell who called",
)  # fmt: skip
