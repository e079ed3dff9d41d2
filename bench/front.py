"""The front against the invoke itself, and against serverless-offline: the same function in one run.

serverless-offline comes from npm, pinned; both run the same Python handler. What differs in CPU between a
request to the front and an invoke with the very event that the front makes is what the front adds.
"""

from __future__ import annotations

import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import emulate
import inputs
from measure import Row

GO = """\
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, event json.RawMessage) (map[string]any, error) {
		return map[string]any{"statusCode": 200, "body": "hello"}, nil
	})
}
"""

PYTHON = """\
import json

def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
"""

SERVERLESS = """\
service: bench
frameworkVersion: "3"
provider: {name: aws, runtime: python3.11}
plugins: [serverless-offline]
functions:
  f: {handler: app.handler, events: [{httpApi: "*"}]}
"""

VERSIONS = ("serverless@3.40.0", "serverless-offline@13.9.0")
HERE = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
PORTS = {"lambda": 9403, "front": 9404, "offline": 9405, "offline-lambda": 9406}


class Caller:
    """A caller with a connection that it keeps."""

    def __init__(self, port: int, request: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request

    def call(self) -> bytes:
        """One request; the answer's body. Raises RuntimeError for what is no 200."""
        self._socket.sendall(self._request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        if not data.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(data.decode())
        length = re.search(rb"(?i)content-length: (\d+)", data[:end])
        assert length is not None
        body = data[end + 4 :]
        while len(body) < int(length[1]):
            body += self._more()
        return body

    def _more(self) -> bytes:
        data = self._socket.recv(1 << 20)
        if not data:
            raise RuntimeError("the connection was closed")
        return data

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def asking(port: int) -> bytes:
    """A request as a browser might send it."""
    return (
        f"GET /orders/1?colour=red&size=2 HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: bench/1\r\n"
        "Accept: application/json\r\nCookie: a=1; b=2\r\nX-Request: 1\r\n\r\n"
    ).encode()


def invoking(port: int, event: bytes) -> bytes:
    """An invoke with this event."""
    head = f"POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    return f"{head}Content-Length: {len(event)}\r\n\r\n".encode() + event


def ours(folder: Path) -> emulate.Server:
    """`onezip run` with its front."""
    words = ["--lambda-port", str(PORTS["lambda"]), "--port", str(PORTS["front"]), "--echo"]
    return started([sys.executable, "-m", "onezip", "run", *words], folder, PORTS["front"])


def started(argv: list[str], folder: Path, port: int) -> emulate.Server:
    """A server, as soon as it listens."""
    env = {**inputs.surroundings(), "SLS_TELEMETRY_DISABLED": "1"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # it would be a start without bytecode, which no user has
    process = subprocess.Popen(
        argv, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return emulate.Server(process, port)
    process.kill()
    raise RuntimeError(f"{' '.join(argv)} does not listen on {port}")


def timed(server: emulate.Server, port: int, request: bytes, calls: int) -> tuple[float, float]:
    """Seconds of the server's CPU and of time for a call."""
    caller = Caller(port, request)
    try:
        for _ in range(calls // 10 + 3):
            caller.call()
        cpu, start = server.cpu, time.perf_counter()
        for _ in range(calls):
            caller.call()
        return (server.cpu - cpu) / calls, (time.perf_counter() - start) / calls
    finally:
        caller.close()


def added(pairs: int = 7, calls: int = 1000) -> Iterator[Row]:
    """What the front adds to an invoke."""
    folder = inputs.CACHE / "front" / "go"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "main.go").write_text(GO)
    sample = Path(__file__).parents[1] / "tests" / "samples" / "go_lambda"
    for name in ("go.mod", "go.sum"):
        shutil.copy(sample / name, folder / "src" / name)
    (folder / "onezip.toml").write_text(emulate.PROJECT.format(HERE))
    server = ours(folder)
    try:
        looking = Caller(PORTS["front"], asking(PORTS["front"]).replace(b"/orders", b"/json/orders"))
        event = re.sub(rb"\n *", b"", looking.call())
        looking.close()
        requests = {
            "lambda": invoking(PORTS["lambda"], event),
            "front": asking(PORTS["front"]),
        }
        ratios = []
        for number in range(pairs):
            order = ("lambda", "front") if number % 2 else ("front", "lambda")
            took = {side: timed(server, PORTS[side], requests[side], calls)[0] for side in order}
            ratios.append(took["front"] / took["lambda"] - 1)
    finally:
        server.end()
    yield Row("front: CPU beside that of the invoke", emulate.told(ratios), statistics.median(ratios), 1.0)


def offline(pairs: int = 5, calls: int = 300) -> Iterator[Row]:
    """The same Python echo behind serverless-offline."""
    folder = inputs.CACHE / "front" / "python"
    (folder / "app").mkdir(parents=True, exist_ok=True)
    for place in (folder / "app", folder):
        (place / "app.py").write_text(PYTHON)
    (folder / "serverless.yml").write_text(SERVERLESS)
    version = f"python3.{sys.version_info.minor}"
    (folder / "onezip.toml").write_text(
        f'[functions.f]\nsource = "app"\nruntime = "{version}"\nhandler = "app.handler"\n'
        f'architecture = "{HERE}"\n'
    )
    serverless = installed(folder)
    words = ["--httpPort", str(PORTS["offline"]), "--lambdaPort", str(PORTS["offline-lambda"])]
    argv = ["node", str(serverless), "offline", *words, "--noPrependStageInUrl"]
    took: dict[str, list[tuple[float, float]]] = {"ours": [], "offline": []}
    for number in range(pairs):
        for side in ("ours", "offline") if number % 2 else ("offline", "ours"):
            server = ours(folder) if side == "ours" else started(argv, folder, PORTS["offline"])
            port = PORTS["front" if side == "ours" else "offline"]
            try:
                took[side].append(timed(server, port, asking(port), calls))
            finally:
                server.process.send_signal(signal.SIGINT)
                server.process.wait()
    for at, what in ((0, "server's CPU"), (1, "time of a request")):
        ratios = [mine[at] / peer[at] for mine, peer in zip(took["ours"], took["offline"], strict=True)]
        yield Row(
            f"front against serverless-offline: {what}", emulate.told(ratios), statistics.median(ratios), 0.5
        )


def installed(folder: Path) -> Path:
    """The program of serverless, installed once beside the project."""
    program = folder / "node_modules" / "serverless" / "bin" / "serverless.js"
    if not program.exists():
        (folder / "package.json").write_text('{"private": true}\n')
        words = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *VERSIONS]
        subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return program


def front() -> Iterator[Row]:
    """All figures of the front."""
    yield from added()
    yield from offline()


if __name__ == "__main__":
    for row in front():
        print(f"{row.what}: {row.told}, target {row.target}: {row.held}")
