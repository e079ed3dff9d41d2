"""What secrets look like: the forms that their issuers document, told apart from examples of them.  [pure]

A match is never kept: only its kind, its line and, where each secret of the kind starts alike, that start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

TRIED = 200
"""Matches of one form in one file that are looked at."""

_BODY = 4096


@dataclass(frozen=True, slots=True)
class Shape:
    """Something with the shape of a secret: what it would be, its line (from 1), and at most four characters.

    usable is false for half of a pair, and for a key that a passphrase protects.
    """

    kind: str
    line: int
    start: str
    usable: bool = True


def _unlike_examples(match: re.Match[bytes]) -> bool:
    """Whether the last group could be random: many different characters, no runs, no word `example`."""
    secret = match[match.lastindex or 0]
    lower = secret.lower()
    if b"example" in lower or b"xxxx" in lower or b"12345678" in lower or b"abcdefg" in lower:
        return False
    return len(set(secret)) >= min(12, len(secret) // 2) and not _RUN.search(secret)


def _mixed(match: re.Match[bytes]) -> bool:
    """Like `_unlike_examples`, and with upper, lower and digits, as 40 random characters have."""
    secret = match[match.lastindex or 0]
    kinds = (bytes.isupper, bytes.islower, bytes.isdigit)
    letters = [secret[at : at + 1] for at in range(len(secret))]
    return _unlike_examples(match) and all(any(map(kind, letters)) for kind in kinds)


def _has_key(match: re.Match[bytes]) -> bool:
    """Whether a key follows the line that begins one: programs that read keys have that line alone."""
    body = match.string[match.end() : match.end() + _BODY].partition(b"-----")[0]
    return bool(_BASE64.search(_BETWEEN.sub(b"", _HEADERS.sub(b"", body))))


def _protected(match: re.Match[bytes]) -> bool:
    body = match.string[match.end() : match.end() + 200]
    return b"ENCRYPTED" in match[0] or b"4,ENCRYPTED" in body or b"YWVzMjU2LWN0cgAAAAZiY3J5cH" in body


_RUN = re.compile(rb"(.)\1{5}")
_HEADERS = re.compile(rb"(?:Proc-Type|DEK-Info|Comment|Version):[^\n\\]{0,200}")
# Line ends as they are, or escaped in JSON and in source; quotes and signs that join strings.
_BETWEEN = re.compile(rb"\\[nr]|[\s\"'+,]")
_BASE64 = re.compile(rb"[A-Za-z0-9/=]{60}")  # the shortest, an Ed25519 key in PKCS #8, has 64


@dataclass(frozen=True, slots=True)
class _Form:
    """needles are literals of which one must be there; the form is looked for only then. starts says that
    the match begins with characters that its issuer puts before each secret.
    """

    kind: str
    needles: tuple[bytes, ...]
    pattern: re.Pattern[bytes]
    fits: Callable[[re.Match[bytes]], bool] = _unlike_examples
    half: Callable[[re.Match[bytes]], bool] | None = None
    starts: bool = True


_EDGE, _END = rb"(?<![A-Za-z0-9+/=_-])", rb"(?![A-Za-z0-9+/=_-])"


def _form(kind: str, needles: str, pattern: bytes, **more: Any) -> _Form:
    """A form that stands alone: no letter before it or, but for some, after it."""
    return _Form(kind, tuple(needles.encode().split()), re.compile(_EDGE + pattern), **more)


def _within(kind: str, needles: str, pattern: bytes, **more: Any) -> _Form:
    """A form that is known by what stands around the secret."""
    return _Form(kind, tuple(needles.encode().split()), re.compile(pattern), starts=False, **more)


FORMS = (
    # IAM User Guide, "IAM identifiers": AKIA is a user's key, ASIA a temporary one. It names the secret only.
    _form("an AWS access key id", "AKIA ASIA", rb"A[KS]IA[A-Z2-7]{16}" + _END, half=lambda _: True),
    _within(
        "an AWS secret access key",
        "ecret SECRET",
        rb"(?:[sS]ecret_?[aA]ccess_?[kK]ey|SECRET_ACCESS_KEY)[\"']?\s{0,4}(?:[:=]|=>)\s{0,4}[\"']?"
        rb"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        fits=_mixed,
    ),
    # RFC 7468, OpenSSH's PROTOCOL.key, RFC 9580.
    _within(
        "a private key",
        "PRIVATE",
        rb"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----",
        fits=_has_key,
        half=_protected,
    ),
    # GitHub Docs, "About authentication to GitHub", token formats.
    _form("a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", rb"gh[pousr]_([A-Za-z0-9]{36,255})" + _END),
    _form("a GitHub token", "github_pat_", rb"github_pat_([A-Za-z0-9_]{82})" + _END),
    # GitLab Docs, "Token overview".
    _form("a GitLab token", "glpat-", rb"glpat-([A-Za-z0-9_-]{20,64})(?![A-Za-z0-9_-])"),
    # Slack's API documentation, "Tokens" and "Sending messages using incoming webhooks".
    _form("a Slack token", "xox", rb"xox[abeoprs]-(?:\d{1,20}-){1,3}([A-Za-z0-9-]{16,160})" + _END),
    _within(
        "a Slack webhook",
        "hooks.slack.com",
        rb"hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/([A-Za-z0-9]{20,32})" + _END,
    ),
    # Stripe's documentation, "API keys"; test keys are no secrets of weight.
    _form("a Stripe live key", "k_live_", rb"[sr]k_live_([A-Za-z0-9]{20,200})" + _END),
    # npm Docs, "About access tokens"; PyPI's tokens are macaroons that name the index.
    _form("an npm token", "npm_", rb"npm_([A-Za-z0-9]{36})" + _END),
    _form(
        "a PyPI token",
        "pypi-AgE",
        rb"pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)([A-Za-z0-9_-]{50,500})",
    ),
    # npm Docs, ".npmrc"; `${NPM_TOKEN}` is none.
    _within("a registry's token", "_authToken", rb"_authToken\s{0,4}=\s{0,4}[\"']?([A-Za-z0-9._-]{20,500})"),
    _within(
        "a password in an address",
        "://",
        rb"(?:https?|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?)://[\w.%+-]{1,64}:"
        rb"([A-Za-z0-9._%+!*~-]{20,100})@[A-Za-z0-9-]{1,63}\.[a-z]",
        fits=_mixed,
    ),
)


def shapes(data: bytes) -> Iterator[Shape]:
    """Every kind of secret that a text has the shape of, each with its first place."""
    told: set[str] = set()
    for form in FORMS:
        if form.kind in told or not any(needle in data for needle in form.needles):
            continue
        for match in islice(form.pattern.finditer(data), TRIED):
            if form.fits(match):
                told.add(form.kind)
                half = form.half is not None and form.half(match)
                start = match[0][:4].decode("ascii") if form.starts else ""
                yield Shape(form.kind, data.count(b"\n", 0, match.start()) + 1, start, not half)
                break
