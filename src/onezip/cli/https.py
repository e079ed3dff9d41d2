"""HTTPS for fronts and the echo: a certificate that is given, or one of our own and how callers trust it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from onezip.errors import UsageError
from onezip.folders import folders

if TYPE_CHECKING:
    import ssl

TRUST = (
    "curl --cacert FILE; NODE_EXTRA_CA_CERTS=FILE; SSL_CERT_FILE=FILE (Python, Go); import it into a browser"
)
"""How callers are told of our authority."""


def authority(args: argparse.Namespace) -> str:
    """The file of the authority that signs a certificate of our own; empty where there is none."""
    if not args.https or args.certificate:
        return ""
    from onezip.emulator.front.certificate import authority_file

    return authority_file(_https_folder())


def _https_folder() -> str:
    return os.path.join(folders(os.environ).state, "https")


def _own(args: argparse.Namespace, names: Iterable[str]) -> ssl.SSLContext:
    """HTTPS with a certificate of our own for these names and those of the command. Raises OnezipError."""
    import ssl

    from onezip.emulator.front.certificate import issued

    everywhere = {"", "0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
    own = {*names, *args.allow_host, args.host} - everywhere
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(issued(_https_folder(), own).certificate)
    return made


def context(args: argparse.Namespace, names: Iterable[str] = ()) -> ssl.SSLContext | None:
    """What HTTPS needs, where it is asked for; names are those of the fronts. Raises OnezipError."""
    if not args.certificate:
        if args.key:
            raise UsageError("usage.command", "--key without --certificate")
        return _own(args, names) if args.https else None
    import ssl

    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        made.load_cert_chain(args.certificate, args.key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            "usage.command", f"--certificate {args.certificate} cannot be used: {error}"
        ) from error
    return made
