"""Which requests may pass: tables of hosts, origins and sites."""

from __future__ import annotations

import pytest

from onezip.emulator.http.guard import Admit, known_hosts, same_host
from onezip.emulator.http.message import Headers, Request


def passes(admit: Admit, host: str, *pairs: tuple[str, str], target: str = "/") -> bool:
    refusal = admit(Request("POST", target, headers=Headers([("Host", host), *pairs])))
    assert refusal is None or (refusal.status == 403 and "<" not in refusal.message)
    return refusal is None


PLANE = known_hosts("127.0.0.1", 9000, ["api.test", "*.front.test", "Named:3000"])
FRONT = known_hosts("127.0.0.1", 3000, pages=True)
OPEN = known_hosts("0.0.0.0", 9000)


@pytest.mark.parametrize(
    ("host", "plane", "wide"),
    [
        ("127.0.0.1:9000", True, True),
        ("127.0.0.1", True, True),
        ("127.0.0.1:1", True, True),  # a forwarded port
        ("LocalHost:9000", True, True),
        ("localhost.", True, True),
        ("[::1]:9000", True, True),
        ("api.test", True, False),
        ("API.test:80", True, False),
        ("named", True, False),
        ("a.front.test", True, False),
        ("front.test", False, False),
        ("evilfront.test", False, False),
        ("a.api.test", False, False),
        ("192.168.1.5:9000", False, True),
        ("[fe80::1]", False, True),
        ("evil.example", False, False),
        ("127.0.0.1.evil.example", False, False),
        ("localhost.evil.example", False, False),
        ("0.0.0.0", False, True),
        ("<script>", False, False),
        ("", False, False),
    ],
)
def test_hosts(host: str, plane: bool, wide: bool) -> None:
    assert passes(PLANE, host) is plane
    assert passes(OPEN, host) is wide


def test_an_absolute_target_goes_before_host() -> None:
    assert not passes(PLANE, "localhost", target="http://evil.example/")
    assert passes(PLANE, "evil.example", target="http://localhost/")


@pytest.mark.parametrize(
    ("pairs", "plane"),
    [
        ([("Sec-Fetch-Site", "none")], True),
        ([("Sec-Fetch-Site", "same-origin")], True),
        ([("Sec-Fetch-Site", "same-site")], False),
        ([("Sec-Fetch-Site", "cross-site")], False),
        ([("sec-fetch-site", "Cross-Site")], False),
        ([("Origin", "http://localhost:9000")], True),
        ([("Origin", "https://localhost:9000")], True),
        ([("Origin", "http://localhost:3000")], False),
        ([("Origin", "http://evil.example")], False),
        ([("Origin", "null")], False),
        ([("Origin", "")], False),
        ([("Origin", "http://[")], False),
        ([("Origin", "http://localhost:9000"), ("Origin", "http://evil.example")], False),
        ([("Origin", "http://localhost:9000@evil.example")], False),
        ([("Origin", "http://<b>")], False),
    ],
)
def test_pages(pairs: list[tuple[str, str]], plane: bool) -> None:
    assert passes(PLANE, "localhost:9000", *pairs) is plane
    assert passes(FRONT, "localhost:9000", *pairs)
    assert not passes(FRONT, "evil.example", *pairs)


def test_a_runtime_api_knows_its_own_address_only() -> None:
    admit = same_host("127.0.0.1", 40001)
    assert passes(admit, "127.0.0.1:40001")
    for host in ("127.0.0.1", "127.0.0.1:40002", "localhost:40001", "127.0.0.2:40001", ""):
        assert not passes(admit, host)
    assert not passes(admit, "127.0.0.1:40001", ("Origin", "http://127.0.0.1:40001"))
    assert not passes(admit, "127.0.0.1:40001", ("Sec-Fetch-Site", "cross-site"))
    assert passes(same_host("::1", 5), "[::1]:5")
