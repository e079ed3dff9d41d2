"""An authority of this machine's own, and the certificates it signs: X.509 as RFC 5280 and browsers have it.

Limits of what the authority may sign are RFC 5280 section 4.2.1.10; 397 days are what browsers take at most
("Baseline Requirements", CA/Browser Forum, section 6.3.2).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    Pair = tuple[EllipticCurvePrivateKey, x509.Certificate]

OWN = ("localhost", "test", "local", "internal", "home.arpa", "127.0.0.0/8", "::1/128")
"""What an authority may sign in any case: names that nobody has on the Internet, and loopback."""

LEAF = dt.timedelta(days=397)
AUTHORITY = dt.timedelta(days=3650)
EARLIER = dt.timedelta(hours=1)
"""How much before now it begins, for clocks that differ."""


def make_authority(permitted: Iterable[str], now: dt.datetime) -> Pair:
    """An authority that may sign these: names, with all below them, and networks."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"onezip local authority {now:%Y-%m-%d %H:%M:%S}")]
    )
    usage = x509.KeyUsage(
        key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + AUTHORITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(own, critical=False)
        .add_extension(
            x509.NameConstraints([general(each) for each in sorted(permitted)], None), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    return key, made


def make_leaf(authority: Pair, names: Sequence[str], now: dt.datetime) -> Pair:
    """A server's certificate for these names and addresses."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    signer, root = authority
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=False, crl_sign=False, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    of_root = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "onezip")]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now - EARLIER + LEAF)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([general(each) for each in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(of_root), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    return key, made


def general(name: str) -> x509.GeneralName:
    """A name, address or network as X.509 has it. Raises ValueError."""
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_network(name) if "/" in name else ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def covered(name: str, permitted: Iterable[str]) -> bool:
    """May an authority for these sign this name?"""
    bare = name.removeprefix("*.")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return any(bare == each or bare.endswith(f".{each}") for each in permitted)
    return any(address in ipaddress.ip_network(each) for each in permitted if is_network(each))


def is_network(text: str) -> bool:
    """Is it an address, or a network?"""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def limit(name: str) -> str:
    """The narrowest limit that covers a name."""
    bare = name.removeprefix("*.")
    return str(ipaddress.ip_network(bare)) if is_network(bare) else bare


def permitted_by(authority: x509.Certificate) -> set[str]:
    """What it may sign."""
    from cryptography import x509

    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return {str(each.value) for each in constraints.permitted_subtrees or ()}


def names_of(leaf: x509.Certificate) -> set[str]:
    """Its names and addresses."""
    from cryptography import x509

    told = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(each.value) for each in told}


def signed(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    """Is one signed by the other?"""
    from cryptography.exceptions import InvalidSignature

    try:
        leaf.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
