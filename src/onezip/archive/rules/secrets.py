"""Rules about secrets: by what files hold, and by what they are called.  [pure]

Developer Guide, "Working with environment variables": secrets belong into AWS Secrets Manager; whoever may
call GetFunction can download the zip.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from onezip.archive.rules.finding import Finding, Rule, quoted
from onezip.archive.rules.owners import brought, idle
from onezip.archive.rules.shapes import Shape
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity

_HARMLESS = re.compile(r"(?:^|/)(?:botocore/data/|boto3/(?:data|examples)/|certifi/cacert\.pem$)")
"""Test values of AWS's own documentation, and certificates without keys."""

_FIX = (
    "Take it out of the zip, make it invalid where it was issued, and let the function read the new one from"
    " Secrets Manager or Parameter Store."
)
_LARGEST = 64 << 10


def content(subject: Subject) -> Iterator[Finding]:
    """Text with the shape of a key or token. What it is is never shown."""
    there = subject.packages
    found = subject.survey.shapes
    keys = {name for name, shape in found if shape.kind == "an AWS secret access key"}
    for name, shape in found:
        if _HARMLESS.search(name) or (name in keys and shape.kind == "an AWS access key id"):
            continue
        severity = _severity(name, there, usable=shape.usable)
        start = f" ({shape.start}...)" if shape.start else ""
        whose = ", in tests or examples" if idle(name) else ", in a package" if brought(name, there) else ""
        message = f"{quoted(name)}, line {shape.line}{whose}: what looks like {_kind(shape)}{start}"
        yield Finding("check.secret", severity, message, name, "", _FIX)


def names(subject: Subject) -> Iterator[Finding]:
    """Files whose name says that they hold secrets; where the name is weak, the content must agree."""
    told = {name for name, _ in subject.survey.shapes}
    for name in subject.files:
        known = _named(name) if name not in told else None
        if known is None:
            continue
        what, agrees = known
        if agrees is None or agrees(subject.read(name, _LARGEST) or b""):
            severity = _severity(name, subject.packages, usable=True)
            yield Finding("check.secret-file", severity, f"{quoted(name)} is {what}", name, "", _FIX)


def _kind(shape: Shape) -> str:
    if shape.usable or shape.kind != "a private key":
        return shape.kind
    return f"{shape.kind} with a passphrase"


def _severity(name: str, there: frozenset[str], *, usable: bool) -> Severity:
    """Grave in the user's own files, milder in packages, a note among tests and examples."""
    if idle(name):
        return Severity.NOTE
    return Severity.ERROR if usable and not brought(name, there) else Severity.WARNING


def _holds(*needles: bytes) -> Callable[[bytes], bool]:
    return lambda data: any(needle in data for needle in needles)


def _set_values(data: bytes) -> bool:
    """Whether a `.env` gives a value to anything that is called like a secret."""
    return bool(
        re.search(
            rb"(?im)^[^#\n=]{0,80}(?:secret|token|passw|key|credential|dsn)[^#\n=]{0,40}=[ \t]*[^\s#$]", data
        )
    )


_ENV = re.compile(r"\.env(?:\.(?!example$|sample$|template$|dist$|defaults?$)[\w.-]+)?")
_SSH = re.compile(r"id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?")
_STORES = (".p12", ".pfx", ".jks", ".keystore", ".ppk")
_STATE = re.compile(r"\.tfstate(?:\.|$)")


def _named(name: str) -> tuple[str, Callable[[bytes], bool] | None] | None:
    """What a file is by its name, and what its content must have where the name is too weak."""
    folder, _, base = name.rpartition("/")
    folder = folder.rpartition("/")[2]
    known = _NAMES.get(f"{folder}/{base}") or _NAMES.get(base)
    if known is not None:
        return known
    if _ENV.fullmatch(base):
        return "an environment file with what looks like secrets", _set_values
    if _SSH.fullmatch(base):
        return "a private key of SSH", None
    if base.endswith(_STORES):
        return "a store of private keys", None
    if _STATE.search(base):
        return "Terraform's state, which holds secrets in plain text", _holds(b'"resources"', b'"modules"')
    return None


_PASSWORD = _holds(b"password")
_KUBERNETES = ("a login of Kubernetes", _holds(b"client-key-data", b"token:"))
_NETRC = ("a file of passwords (.netrc)", _PASSWORD)
_NAMES: dict[str, tuple[str, Callable[[bytes], bool] | None]] = {
    ".aws/credentials": ("the credentials file of AWS's tools", None),
    "credentials": (
        "the credentials file of AWS's tools",
        _holds(b"aws_secret_access_key", b"aws_session_token"),
    ),
    ".netrc": _NETRC,
    "_netrc": _NETRC,
    ".npmrc": ("a registry's settings with a login", _holds(b"_password=", b"_auth=")),
    ".pypirc": ("a file of passwords (.pypirc)", _PASSWORD),
    ".git-credentials": ("a file of passwords (git)", None),
    ".docker/config.json": ("a registry's login", _holds(b'"auth"')),
    ".dockercfg": ("a registry's login", _holds(b'"auth"')),
    "kubeconfig": _KUBERNETES,
    ".kube/config": _KUBERNETES,
}

RULES = (
    Rule(
        "check.secret",
        Severity.ERROR,
        content,
        "Texts with the shape of AWS keys, private keys, and tokens of GitHub, GitLab, Slack, Stripe, npm and"
        " PyPI, of registries, and of passwords in addresses. The finding tells kind, file and line, never"
        " the secret. Examples as in documentation are passed over; what is in packages is a warning, what is"
        " in tests a note. The first megabyte of each text is read; programs are not.",
    ),
    Rule(
        "check.secret-file",
        Severity.ERROR,
        names,
        "Files that hold secrets by their name: `.env`, `.aws/credentials`, `.netrc`, `.npmrc`, `.pypirc`,"
        " SSH keys, key stores, Terraform's state. Where a name is weak, the content must agree.",
    ),
)
