"""The emulator against AWS's Runtime Interface Emulator: the same Go function, alternating in one run.

RIE is taken from the wheel of aws-sam-cli. It serves one caller at a time (a second one ends it), so what
needs several callers is measured against one caller of ours.
"""

from __future__ import annotations

import concurrent.futures
import math
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import inputs
from measure import Row

SAM = "1.170.0"
RIE = inputs.CACHE / f"rie-{SAM}" / "aws-lambda-rie"

FUNCTION = """\
package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

type wish struct {
	Sleep int `json:"sleep"`
}

func main() {
	lambda.Start(func(_ context.Context, event json.RawMessage) (json.RawMessage, error) {
		if len(event) < 100 {
			var w wish
			_ = json.Unmarshal(event, &w)
			time.Sleep(time.Duration(w.Sleep) * time.Millisecond)
		}
		return event, nil
	})
}
"""

PROJECT = '[functions.f]\nsource = "src"\ntimeout = 30\narchitecture = "{}"\n'


@dataclass
class Server:
    """One of the two, running. process is that of the emulator itself."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far, without the function's."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident(self) -> float:
        """Megabytes (2**20) in memory."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found is not None
        return int(found[1]) / 1024

    def end(self) -> None:
        """End it and what it started."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Caller:
    """A caller with a connection that it keeps; it costs as little as may be."""

    def __init__(self, port: int, body: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = (
            "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._request = head.encode() + body

    def call(self) -> bytes:
        """One invocation; the answer's body. Raises RuntimeError for what is no 200."""
        self._socket.sendall(self._request)
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, body = bytes(data[:end]), data[end + 4 :]
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while len(body) < int(length[1]) if length else not body.endswith(b"0\r\n\r\n"):
            body += self._more()
        return bytes(body)

    def _more(self) -> bytes:
        data = self._socket.recv(1 << 20)
        if not data:
            raise RuntimeError("the connection was closed")
        return data

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def ours(port: int = 9402, most: int = 64) -> Server:
    """`onezip run` of the function, which is built, with at most so many environments."""
    argv = [sys.executable, "-m", "onezip", "run", "--lambda-port", str(port), "--concurrency", str(most)]
    return _started(argv, project(), port)


def rie(port: int = 9302) -> Server:
    """RIE with the function's program."""
    folder = project() / "program"
    argv = [
        str(emulator()), "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
        "--runtime-api-address", f"127.0.0.1:{port + 1}", str(folder / "bootstrap"),
    ]  # fmt: skip
    return _started(argv, folder, port)


def relay(port: int = 9502) -> Server:
    """The bench's own relay, which does nothing but pass calls on, with the function's program."""
    source, program = Path(__file__).parent / "relay.go", inputs.CACHE / "bin/relay"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["go", "build", "-o", str(program), str(source)], check=True)
    folder = project() / "program"
    argv = [str(program), f"127.0.0.1:{port}", f"127.0.0.1:{port + 1}", str(folder / "bootstrap")]
    return _started(argv, folder, port)


def _started(argv: list[str], folder: Path, port: int) -> Server:
    env = inputs.surroundings()
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # it would be a start without bytecode, which no user has
    process = subprocess.Popen(
        argv, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(3000):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.005)
        else:
            return Server(process, port)
    raise RuntimeError(f"{argv[0]} does not listen")


def project() -> Path:
    """The function, built once, and its program beside it."""
    folder = inputs.CACHE / "emulate"
    if not (folder / "done").exists():
        (folder / "src").mkdir(parents=True, exist_ok=True)
        (folder / "src/main.go").write_text(FUNCTION)
        (folder / "src/go.mod").write_text("module example.com/emulate\n\ngo 1.24\n")
        machine = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
        (folder / "onezip.toml").write_text(PROJECT.format(machine))
        get = ["go", "get", "github.com/aws/aws-lambda-go@v1.49.0"]
        subprocess.run(get, cwd=folder / "src", check=True)
        subprocess.run(["go", "mod", "tidy"], cwd=folder / "src", check=True)
        inputs.onezip(folder)
        subprocess.run(["unzip", "-q", "-o", folder / "dist/f.zip", "-d", folder / "program"], check=True)
        (folder / "done").touch()
    return folder


def emulator() -> Path:
    """AWS's emulator, out of the wheel that brings it."""
    if not RIE.exists():
        wheels = RIE.parent / "wheels"
        wheels.mkdir(parents=True, exist_ok=True)
        fetch = ["-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), f"aws-sam-cli=={SAM}"]
        subprocess.run([sys.executable, *fetch], check=True)
        machine = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
        with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
            data = wheel.read(f"samcli/local/rapid/aws-lambda-rie-{machine}")
        RIE.write_bytes(data)
        RIE.chmod(0o755)
    return RIE


def timed(server: Server, body: bytes, calls: int) -> tuple[float, float]:
    """Seconds of CPU of the server and of wall time, for each of so many calls, warm."""
    caller = Caller(server.port, body)
    try:
        for _ in range(max(3, calls // 10)):
            caller.call()
        cpu, start = server.cpu, time.perf_counter()
        for _ in range(calls):
            caller.call()
        return (server.cpu - cpu) / calls, (time.perf_counter() - start) / calls
    finally:
        caller.close()


def told(values: list[float]) -> str:
    """`0.41 (0.39 to 0.44)`: median and range."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def warm(pairs: int = 5, calls: int = 1000) -> Iterator[Row]:
    """Small warm invocations, one caller."""
    order = (ours, rie, relay)
    sides: dict[Callable[[], Server], list[tuple[float, float]]] = {start: [] for start in order}
    for number in range(pairs):
        for start in order if number % 2 else reversed(order):
            server = start()
            sides[start].append(timed(server, b'{"sleep":0}', calls))
            server.end()
    for name, peer, most in (("RIE", rie, (0.4, 0.5)), ("a bare Go relay", relay, (math.inf, math.inf))):
        for which, what in enumerate(("server's CPU", "time of a call")):
            ratios = [mine[which] / its[which] for mine, its in zip(sides[ours], sides[peer], strict=True)]
            yield Row(
                f"warm invoke against {name}: {what}", told(ratios), statistics.median(ratios), most[which]
            )


def scaling(calls: int = 40) -> Iterator[Row]:
    """A handler that sleeps 20 ms: eight callers against one; then 64 callers without an error."""
    server = ours()
    try:

        def several(callers: int) -> float:
            waiting = [Caller(server.port, b'{"sleep":20}') for _ in range(callers)]
            with concurrent.futures.ThreadPoolExecutor(callers) as threads:
                list(threads.map(Caller.call, waiting))
                start = time.perf_counter()
                list(threads.map(lambda one: [one.call() for _ in range(calls)], waiting))
                took = time.perf_counter() - start
            for one in waiting:
                one.close()
            return callers * calls / took

        one, eight = several(1), several(8)
        yield Row("1 to 8 environments: time of as many calls", f"{one / eight:.3f}", one / eight, 1 / 7)
        several(64)
        yield Row("64 callers: errors", "0", 0, 0)
    finally:
        server.end()


def memory(calls: int = 10_000) -> Iterator[Row]:
    """What the emulator keeps: of one environment, for a machine that stalls would have it make more."""
    server = ours(most=1)
    try:
        timed(server, b'{"sleep":0}', 1000)
        before, files = server.resident, len(os.listdir(f"/proc/{server.process.pid}/fd"))
        yield Row("after 1,000 invokes: MB in memory", f"{before:.0f}", before, 45)
        timed(server, b'{"sleep":0}', calls)
        more = server.resident - before
        yield Row(f"after {calls:,} more: MB more", f"{more:.1f}", more, 2)
        grown = len(os.listdir(f"/proc/{server.process.pid}/fd")) - files
        yield Row(f"after {calls:,} more: descriptors more", f"{grown}", grown, 0)
    finally:
        server.end()


def large(pairs: int = 7, calls: int = 8) -> Iterator[Row]:
    """Payloads of 5 MB: one string, and objects."""
    text = b'"' + b"x" * 5_000_000 + b'"'
    some = b"[" + b",".join(b'{"id":%d,"name":"item","tags":["a","b"]}' % n for n in range(110_000)) + b"]"
    for name, body, target in (("a string", text, 1.1), ("objects", some, 1.5)):
        ratios = []
        for number in range(pairs):
            took = {}
            for start in (ours, rie) if number % 2 else (rie, ours):
                server = start()
                took[start] = timed(server, body, calls)[1]
                server.end()
            ratios.append(took[ours] / took[rie])
        yield Row(
            f"payload of 5 MB, {name}, against RIE: time", told(ratios), statistics.median(ratios), target
        )


def first(pairs: int = 5) -> Iterator[Row]:
    """From nothing to the first answer, the function being built."""
    ratios = []
    for number in range(pairs):
        took = {}
        for start in (ours, rie) if number % 2 else (rie, ours):
            began = time.perf_counter()
            server = start()
            caller = Caller(server.port, b"{}")
            caller.call()
            took[start] = time.perf_counter() - began
            caller.close()
            server.end()
        ratios.append(took[ours] / took[rie])
    yield Row("start to first answer against RIE", told(ratios), statistics.median(ratios), 4)


def emulate() -> Iterator[Row]:
    """All of it."""
    for part in (warm, scaling, memory, large, first):
        yield from part()
