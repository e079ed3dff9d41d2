"""A certificate of our own: what real TLS clients make of it, how long it stays, who may read the keys."""

from __future__ import annotations

import datetime as dt
import ipaddress
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from cryptography import x509

from onezip.emulator.front import authority, certificate
from onezip.emulator.front.authority import covered, limit
from onezip.emulator.front.certificate import Issued, issued
from onezip.errors import OnezipError, ToolMissing

NOW = dt.datetime.now(dt.UTC)


def loaded(path: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(Path(path).read_bytes())


def handshake(files: Issued, name: str, trusted: str | None = None) -> str:
    """A client that checks, and the name that it asks for; what it says."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(files.certificate)
    client = ssl.create_default_context(cafile=trusted or files.authority)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    here, there = socket.socketpair()
    here.settimeout(60)
    there.settimeout(60)

    def serve() -> None:
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(here, server_hostname=name):
            return "ok"
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        here.close()
        thread.join(60)


def test_clients_that_check_take_its_names_and_no_others(tmp_path: Path) -> None:
    files = issued(str(tmp_path), ["shop.localhost", "*.api.test", "shop.example.com", "10.1.2.3", "[::1]"])
    for name in (
        "localhost", "127.0.0.1", "::1", "shop.localhost", "a.api.test", "shop.example.com", "10.1.2.3",
    ):  # fmt: skip
        assert handshake(files, name) == "ok", name
    for name in ("other.localhost", "example.com", "10.1.2.4", "api.test", "127.0.0.2"):
        assert "mismatch" in handshake(files, name), name
    other = issued(str(tmp_path / "other"), [])
    assert "unable to get local issuer" in handshake(files, "localhost", trusted=other.authority)


def test_the_authority_may_sign_local_names_only(tmp_path: Path) -> None:
    """Who steals its key gains nothing for names on the Internet: clients refuse what it may not sign."""
    files = issued(str(tmp_path / "own"), [])
    wide = issued(str(tmp_path / "wide"), ["bank.example.com"])
    assert handshake(wide, "bank.example.com") == "ok"
    limits = loaded(files.authority).extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    names = {str(each.value) for each in limits.value.permitted_subtrees or ()}
    assert names == {"localhost", "test", "local", "internal", "home.arpa", "127.0.0.0/8", "::1/128"}
    pair = certificate.own(str(tmp_path / "own"))
    assert pair is not None
    key, leaf = authority.make_leaf(pair, ["bank.example.com"], NOW)
    forged = tmp_path / "forged.pem"
    forged.write_bytes(certificate.private(key) + certificate.public(leaf))
    told = handshake(Issued(str(forged), files.authority), "bank.example.com")
    assert "permitted subtree violation" in told


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_keys_are_the_user_s_alone(tmp_path: Path) -> None:
    files = issued(str(tmp_path / "https"), [])
    for file in ("authority-key.pem", files.certificate):
        assert (tmp_path / "https" / file).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "https").stat().st_mode & 0o777 == 0o700
    assert b"PRIVATE" not in Path(files.authority).read_bytes()


def days(path: str) -> int:
    found = loaded(path)
    return (found.not_valid_after_utc - found.not_valid_before_utc).days


def test_it_is_kept_while_it_is_good_and_made_anew_before_it_ends(tmp_path: Path) -> None:
    folder = str(tmp_path)
    files = issued(folder, [], NOW)
    first = [loaded(file) for file in (files.certificate, files.authority)]
    assert days(files.certificate) == 397
    for names, after, leaf, root in (
        ([], 0, "kept", "kept"),
        (["a.localhost"], 0, "new", "kept"),
        (["b.localhost"], 0, "new", "kept"),
        (["a.localhost"], 1, "kept", "kept"),  # names gather
        ([], 366, "kept", "kept"),
        ([], 369, "new", "kept"),
        ([], 3650 - 396, "new", "new"),
    ):
        assert issued(folder, names, NOW + dt.timedelta(after)) == files
        now = [loaded(file) for file in (files.certificate, files.authority)]
        told = ["kept" if new == old else "new" for new, old in zip(now, first, strict=True)]
        assert told == [leaf, root], (names, after)
        first = now


def test_a_name_beyond_its_limits_needs_another_authority(tmp_path: Path) -> None:
    files = issued(str(tmp_path), ["a.localhost"])
    before = loaded(files.authority)
    issued(str(tmp_path), ["api.example.com"])
    assert loaded(files.authority) != before
    for name in ("a.localhost", "api.example.com"):
        assert handshake(files, name) == "ok"
    again = loaded(files.authority)
    issued(str(tmp_path), ["api.example.com", "a.localhost"])
    assert loaded(files.authority) == again


@pytest.mark.parametrize("file", ["authority.pem", "authority-key.pem", "certificate.pem"])
@pytest.mark.parametrize("damage", [b"", b"no PEM", None])
def test_what_is_damaged_is_made_again(tmp_path: Path, file: str, damage: bytes | None) -> None:
    files = issued(str(tmp_path), [])
    if damage is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes(damage)
    assert issued(str(tmp_path), []) == files
    assert handshake(files, "localhost") == "ok"


def test_a_certificate_of_another_authority_is_not_kept(tmp_path: Path) -> None:
    files = issued(str(tmp_path / "a"), [])
    other = issued(str(tmp_path / "b"), [])
    shutil.copy(other.certificate, files.certificate)
    issued(str(tmp_path / "a"), [])
    assert handshake(files, "localhost") == "ok"


def test_many_at_once_have_one(tmp_path: Path) -> None:
    threads = [threading.Thread(target=issued, args=(str(tmp_path), [f"n{each}.test"])) for each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    files = issued(str(tmp_path), [])
    assert {handshake(files, f"n{each}.test") for each in range(8)} == {"ok"}


def test_why_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(OnezipError) as caught:
        issued(str(tmp_path), ["münchen.test"])
    assert caught.value.code == "run.certificate"
    (tmp_path / "file").write_text("")
    with pytest.raises(OnezipError):
        issued(str(tmp_path / "file" / "https"), [])


def test_without_cryptography_the_extra_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from onezip.emulator.front.certificate import issued\n"
        "from onezip.errors import ToolMissing\n"
        "try:\n    issued(sys.argv[1], [])\n"
        "except ToolMissing as error:\n    print(error.message, error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "needs cryptography" in done.stdout
    assert "pip install 'onezip[front]'" in done.stdout
    assert issubclass(ToolMissing, OnezipError)


@pytest.mark.parametrize(
    ("name", "permitted", "is_covered"),
    [
        ("localhost", ["localhost"], True),
        ("a.localhost", ["localhost"], True),
        ("*.localhost", ["localhost"], True),
        ("notlocalhost", ["localhost"], False),
        ("127.9.9.9", ["127.0.0.0/8"], True),
        ("128.0.0.1", ["127.0.0.0/8", "localhost"], False),
        ("::1", ["::1/128"], True),
        ("::2", ["::1/128", "127.0.0.0/8"], False),
    ],
)
def test_limits(name: str, permitted: Iterable[str], is_covered: bool) -> None:
    assert covered(name, permitted) is is_covered
    assert covered(name, [limit(name)])
    assert limit("10.0.0.1") == str(ipaddress.ip_network("10.0.0.1/32"))
