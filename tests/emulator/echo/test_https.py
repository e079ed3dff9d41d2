"""HTTPS with a certificate of the user's own."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cli.onezip_cli import onezip


def certificate(folder: Path) -> None:
    """A certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(1))
        .not_valid_after(now + dt.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(key.private_bytes(*form))


def test_events_say_https(tmp_path: Path) -> None:
    certificate(tmp_path)
    words = ["echo", "--port", "0", "--json", "--certificate", "cert.pem", "--key", "key.pem"]
    process = subprocess.Popen(
        [sys.executable, "-m", "onezip", *words], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("https://127.0.0.1:")
        trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        at = url.replace("127.0.0.1", "localhost") + "/json"
        with urlopen(at, timeout=10, context=trust) as answer:
            event = json.load(answer)
        assert event["headers"]["x-forwarded-proto"] == "https"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def test_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no", encoding="utf-8")
    for words, message in (
        (("--certificate", "none.pem"), "--certificate none.pem cannot be used"),
        (("--certificate", "bad.pem"), "--certificate bad.pem cannot be used"),
        (("--key", "key.pem"), "--key without --certificate"),
    ):
        done = onezip(tmp_path, "echo", "--port", "0", *words)
        assert (done.code, message in done.err) == (2, True), done.err
