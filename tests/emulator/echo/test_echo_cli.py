"""`onezip echo` and `onezip echo diff`, as a user calls them."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cli.onezip_cli import onezip
from ending import end


@pytest.fixture
def event() -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": "/a",
        "headers": {"accept": "*/*", "host": "localhost:3000"},
        "requestContext": {"requestId": "a=", "http": {"method": "GET"}},
    }


def save(folder: Path, **events: Any) -> None:
    for name, value in events.items():
        (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")


def test_the_same_but_for_ids(tmp_path: Path, event: dict[str, Any]) -> None:
    other = {**event, "headers": {"accept": "*/*", "host": "x.execute-api.us-east-1.amazonaws.com"}}
    other["requestContext"] = {**event["requestContext"], "requestId": "b="}
    save(tmp_path, local=event, cloud=other)
    done = onezip(tmp_path, "echo", "diff", "local.json", "cloud.json")
    assert done.code == 0, done.err
    assert "0 differ, 4 are the same, 2 are ids, times and addresses" in done.err


def test_what_differs_is_shown_and_the_answer_is_no(tmp_path: Path, event: dict[str, Any]) -> None:
    save(tmp_path, local=event, cloud={**event, "rawPath": "/a b", "isBase64Encoded": False})
    done = onezip(tmp_path, "echo", "diff", "local.json", "cloud.json")
    assert done.code == 1
    assert [line.split(maxsplit=2) for line in done.out.splitlines()] == [
        ["place", "local", "cloud"],
        ["rawPath", '"/a"', '"/a b"'],
        ["isBase64Encoded", "-", "false"],
    ]
    told = json.loads(onezip(tmp_path, "echo", "diff", "local.json", "cloud.json", "--json").out)["result"]
    assert told["kinds"] == ["http", "http"]
    assert [row["path"] for row in told["differences"]] == ["rawPath", "isBase64Encoded"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("diff", "no.json", "local.json"), "no.json cannot be read"),
        (("diff", "local.json"), "echo diff local.json"),
        (("other",), "echo other"),
        (("diff", "local.json", "none.json"), "none.json is no event of a front"),
    ],
)
def test_mistakes(tmp_path: Path, event: dict[str, Any], words: tuple[str, ...], message: str) -> None:
    save(tmp_path, local=event, none={})
    done = onezip(tmp_path, "echo", *words)
    assert done.code == 2
    assert message in done.err


def test_alone_on_a_port_of_its_own(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "onezip", "echo", "--port", "0", "--as", "rest", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        request = urllib.request.Request(f"{ready['url']}/json/x?a=1", b"abc=123")
        with urllib.request.urlopen(request, timeout=60) as answer:
            got = json.load(answer)
        assert (got["httpMethod"], got["path"], got["body"]) == ("POST", "/json/x", "abc=123")
        told = json.loads(process.stdout.readline())
        assert (told["type"], told["path"], told["status"]) == ("request", "/json/x", 200)
    finally:
        end(process, 60)
        if process.stdout is not None:
            process.stdout.close()
    assert process.returncode == 0
