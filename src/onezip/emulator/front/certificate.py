"""A certificate for HTTPS on this machine, signed by an authority that only this user has.

Made with `cryptography`, kept in a folder, used again while it is good. Nothing is put into a trust store:
who calls says himself whom he trusts. Whoever gets the authority's key could pretend to be any name that it
may sign, so its certificate is limited to local names, loopback addresses and what was asked for.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onezip.emulator.front.authority import (
    LEAF,
    OWN,
    covered,
    limit,
    make_authority,
    make_leaf,
    names_of,
    permitted_by,
    signed,
)
from onezip.errors import OnezipError, ToolMissing
from onezip.folders import make_private
from onezip.mutex import Mutex

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    Pair = tuple[EllipticCurvePrivateKey, x509.Certificate]

LOCAL = ("localhost", "127.0.0.1", "::1")
"""Names that every certificate has."""

RENEWED = dt.timedelta(days=30)
"""A certificate with less than that is made anew."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Two PEM files: the certificate with its key, and the authority's certificate for those who call."""

    certificate: str
    authority: str


def authority_file(folder: str) -> str:
    """The file that callers are to trust."""
    return os.path.join(folder, "authority.pem")


def issued(folder: str, names: Iterable[str], now: dt.datetime | None = None) -> Issued:
    """A certificate for these names and LOCAL: the one in the folder, or a new one.

    Names are host names, `*.` and a name, or addresses. Raises ToolMissing, OnezipError.
    """
    try:
        import cryptography.x509  # noqa: F401 - asked for here, so that what lacks is told
    except ImportError as error:
        raise ToolMissing(
            "tool.missing",
            "a certificate of our own needs cryptography, which is not installed",
            hint="pip install 'onezip[front]', or give a certificate with --certificate",
        ) from error
    now = now or dt.datetime.now(dt.UTC)
    found = Issued(os.path.join(folder, "certificate.pem"), authority_file(folder))
    wanted = {*LOCAL, *(name.strip("[]").lower() for name in names)}
    try:
        make_private(folder)
        with Mutex(os.path.join(folder, "lock")):
            _provide(folder, found, wanted, now)
    except (OSError, ValueError) as error:
        raise OnezipError(
            "run.certificate",
            f"no certificate can be made in {folder}: {error}",
            hint="set ONEZIP_HOME to a folder that you can write, or give a certificate with --certificate",
        ) from error
    return found


def own(folder: str) -> Pair | None:
    """The authority that is there."""
    return pair(_key_file(folder), authority_file(folder))


def _key_file(folder: str) -> str:
    return os.path.join(folder, "authority-key.pem")


def _provide(folder: str, files: Issued, wanted: set[str], now: dt.datetime) -> None:
    authority = own(folder)
    permitted = set(OWN) | (permitted_by(authority[1]) if authority else set())
    needed = {limit(name) for name in wanted if not covered(name, permitted)}
    if authority is None or needed or authority[1].not_valid_after_utc < now + LEAF:
        authority = make_authority(permitted | needed, now)
        _write(_key_file(folder), private(authority[0]))
        _write(files.authority, public(authority[1]))
    leaf = pair(files.certificate, files.certificate)
    had = names_of(leaf[1]) if leaf else set()
    good = leaf is not None and leaf[1].not_valid_after_utc > now + RENEWED and signed(leaf[1], authority[1])
    if not good or not wanted <= had:
        kept = {name for name in had if covered(name, permitted_by(authority[1]))}
        key, made = make_leaf(authority, sorted(wanted | kept), now)
        _write(files.certificate, private(key) + public(made))


def pair(keyfile: str, file: str) -> Pair | None:
    """A key and its certificate, of our kind; nothing where they are missing, damaged, or of others."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with open(keyfile, "rb") as opened:
            key = load_pem_private_key(opened.read(), None)
        with open(file, "rb") as opened:
            found = x509.load_pem_x509_certificate(opened.read())
        extensions = found.extensions
    except (FileNotFoundError, ValueError, TypeError):
        return None
    kind = x509.NameConstraints if keyfile != file else x509.SubjectAlternativeName
    own = isinstance(key, EllipticCurvePrivateKey) and any(
        isinstance(each.value, kind) for each in extensions
    )
    if not isinstance(key, EllipticCurvePrivateKey) or not own or key.public_key() != found.public_key():
        return None
    return key, found


def private(key: EllipticCurvePrivateKey) -> bytes:
    """A key as PEM."""
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public(made: x509.Certificate) -> bytes:
    """A certificate as PEM."""
    from cryptography.hazmat.primitives import serialization

    return made.public_bytes(serialization.Encoding.PEM)


def _write(path: str, data: bytes) -> None:
    """A file for this user only, which appears whole."""
    fresh = f"{path}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
