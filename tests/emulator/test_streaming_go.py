"""Streaming with the real Go runtime (aws-lambda-go), as `onezip run` serves it."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from builder.go_driver import needs_go
from cli.onezip_cli import SAMPLES
from emulator.runs import Run, running
from emulator.serving import until
from onezip.emulator.running.foreign import machine
from onezip.model.function import Architecture

pytestmark = [pytest.mark.ring2, needs_go]

HERE = next(one for one in Architecture if one.machine == machine())
MB = 1 << 20


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("streams")
    shutil.copytree(SAMPLES / "go_stream", folder / "src")
    (folder / "onezip.toml").write_text(
        f'[functions.f]\nsource = "src"\narchitecture = "{HERE}"\nmemory = 256\ntimeout = 60\n'
        '[[functions.f.http]]\ntype = "url"\nstreaming = true\n'
        '[[functions.f.http]]\ntype = "url"\nbase_path = "/buffered"\n',
        encoding="utf-8",
    )
    with running(folder, "--port", "0") as found:
        yield found


def front(run: Run) -> http.client.HTTPConnection:
    port = urlsplit(run.ready["fronts"][0]["url"]).port
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def test_five_parts_each_before_the_next_is_written(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        connection = front(run)
        connection.request("GET", f"/?step=127.0.0.1:{listener.getsockname()[1]}")
        got = connection.getresponse()
        assert (got.status, got.headers["content-type"]) == (201, "text/event-stream")
        assert (got.headers["set-cookie"], got.headers["transfer-encoding"]) == ("a=1", "chunked")
        assert got.read(7) == b"part 0;"
        function, _ = listener.accept()
        with function:
            for number in range(1, 5):
                function.sendall(b".")  # only now may it write the next one
                assert got.read(7) == b"part %d;" % number
        assert got.read() == b""
        connection.close()


def test_an_error_in_the_middle_leaves_the_body_incomplete(run: Run) -> None:
    connection = front(run)
    connection.request("GET", "/?fail=1")
    got = connection.getresponse()
    assert got.status == 201
    with pytest.raises(http.client.IncompleteRead) as caught:
        got.read()
    assert caught.value.partial == b"part 0;"
    connection.close()
    assert until(lambda: [one for one in run.out if "the function reported an error" in one])
    connection = front(run)
    connection.request("GET", "/?refuse=1")
    refused = connection.getresponse()
    assert (refused.status, refused.read()) == (502, b"Internal Server Error")
    connection.close()


def test_a_buffered_url_refuses_the_prelude(run: Run) -> None:
    connection = front(run)
    connection.request("GET", "/buffered")
    assert connection.getresponse().status == 502
    connection.close()


def test_boto3_reads_the_events(run: Run) -> None:
    client = boto3.client(
        "lambda", region_name="us-east-1", endpoint_url=run.url, aws_access_key_id="x",
        aws_secret_access_key="y", config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
    )  # fmt: skip
    for query, told, code in (("{}", b"part 4;", None), ('{"fail":"1"}', b"part 0;", "errorString")):
        payload = f'{{"queryStringParameters":{query}}}'
        got = client.invoke_with_response_stream(FunctionName="f", Payload=payload)
        events = list(got["EventStream"])
        data = b"".join(each["PayloadChunk"]["Payload"] for each in events[:-1])
        assert data.startswith(b'{"statusCode":201,')
        assert data.endswith(told)
        assert events[-1]["InvokeComplete"].get("ErrorCode") == code
    assert '"errorMessage":"half way"' in events[-1]["InvokeComplete"]["ErrorDetails"]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_twenty_megabytes_do_not_stay_in_memory(run: Run) -> None:
    status = Path(f"/proc/{run.process.pid}/status")

    def measured(name: str) -> int:
        found = re.search(rf"{name}:\s+(\d+) kB", status.read_text())
        assert found is not None
        return int(found[1]) * 1024

    connection = front(run)
    for size in (2 * MB, 20 * MB):
        connection.request("GET", f"/?bytes={size}")
        got = connection.getresponse()
        assert len(got.read(1000)) == 1000
        if size == 2 * MB:
            assert len(got.read()) == size - 1000
            start = measured("VmRSS")
    with pytest.raises(AssertionError):  # the client stops to read, and the function is held up
        until(lambda: [one for one in run.records(1) if one["responseBytes"] > 20 * MB], 1.0)
    assert len(got.read()) == 20 * MB - 1000
    connection.close()
    until(lambda: [one for one in run.records(1) if one["responseBytes"] > 20 * MB])
    assert measured("VmHWM") - start < 8 * MB
