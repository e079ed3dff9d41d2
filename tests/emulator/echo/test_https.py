"""HTTPS with a certificate of the user's own, and with one that onezip makes."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cli.onezip_cli import onezip
from ending import end


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
        with urlopen(at, timeout=60, context=trust) as answer:
            event = json.load(answer)
        assert event["headers"]["x-forwarded-proto"] == "https"
    finally:
        end(process, 60)
        process.stdout.close()


def test_a_certificate_of_onezip_s_own_and_who_trusts_it(tmp_path: Path) -> None:
    words = ["echo", "--port", "0", "--https", "--allow-host", "api.test"]
    env = {**os.environ, "ONEZIP_HOME": str(tmp_path / "home")}
    seen = set()
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "onezip", *words, "--json"], cwd=tmp_path, stdout=subprocess.PIPE, env=env
        )
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            authority = Path(ready["authority"])
            assert authority == tmp_path / "home" / "state" / "https" / "authority.pem"
            seen.add(authority.read_bytes())
            trust = ssl.create_default_context(cafile=str(authority))
            with urlopen(f"{ready['url']}/json", timeout=60, context=trust) as answer:
                assert json.load(answer)["headers"]["x-forwarded-proto"] == "https"
            port = int(ready["url"].rpartition(":")[2])
            for name, told in (("api.test", ""), ("localhost", ""), ("other.test", "mismatch")):
                with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                    said = ""
                    try:
                        trust.wrap_socket(client, server_hostname=name).close()
                    except ssl.SSLCertVerificationError as error:
                        said = error.verify_message
                    assert (told in said) if told else not said, name
            with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
                urlopen(f"{ready['url']}/json", timeout=60)
        finally:
            end(process, 60)
            process.stdout.close()
    assert len(seen) == 1


def test_the_banner_says_how_it_is_trusted(tmp_path: Path) -> None:
    env = {**os.environ, "ONEZIP_HOME": str(tmp_path / "home")}
    process = subprocess.Popen(
        [sys.executable, "-m", "onezip", "echo", "--port", "0", "--https"],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        said = ""
        while "--cacert" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
    finally:
        end(process, 60)
        process.stderr.close()
    assert f"signed by {tmp_path}/home/state/https/authority.pem, which nothing trusts by itself" in said
    assert "https://127.0.0.1:" in said


def test_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no", encoding="utf-8")
    for words, message in (
        (("--certificate", "none.pem"), "--certificate none.pem cannot be used"),
        (("--certificate", "bad.pem"), "--certificate bad.pem cannot be used"),
        (("--key", "key.pem"), "--key without --certificate"),
    ):
        done = onezip(tmp_path, "echo", "--port", "0", *words)
        assert (done.code, message in done.err) == (2, True), done.err
