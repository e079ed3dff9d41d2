"""`onezip run` in a process of its own, with caches of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator.serving import Answered


@dataclass
class Run:
    """One that listens: its address, and what it prints."""

    process: subprocess.Popen[str]
    url: str
    ready: dict[str, Any]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def call(self, name: str, event: Any = None, **headers: str) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        with contextlib.closing(connection):
            heads = {key.replace("_", "-"): value for key, value in headers.items()}
            path = f"/2015-03-31/functions/{name}/invocations"
            connection.request("POST", path, json.dumps({} if event is None else event), heads)
            got = connection.getresponse()
            return Answered(got.status, dict(got.headers), got.read())

    def said(self, words: str, seconds: float = 60) -> str:
        """The first line with these words, on either stream."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in (*self.out, *self.err):
                if words in line:
                    return line
            time.sleep(0.02)
        raise AssertionError(f"{words!r} was not said:\n{''.join(self.out)}\n{''.join(self.err)}")

    def records(self, count: int) -> list[dict[str, Any]]:
        """So many invocations of `--json`, as soon as they are there."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = [json.loads(line) for line in list(self.out)]
            found = [one for one in found if one["type"] == "invocation"]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"there are not {count} invocations:\n{''.join(self.out)}")

    def end(self, number: int = signal.SIGINT, seconds: float = 60) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


@contextlib.contextmanager
def running(
    folder: Path,
    *words: str,
    env: Mapping[str, str] | None = None,
    as_json: bool = True,
    out: int = subprocess.PIPE,
) -> Iterator[Run]:
    """A run on a free port, ready to be called. out is its standard output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONEZIP_", "AWS_"))}
    flags = ("--json",) if as_json else ()
    process = subprocess.Popen(
        [sys.executable, "-m", "onezip", "run", "--lambda-port", "0", *flags, *words],
        cwd=folder,
        env={**kept, "ONEZIP_HOME": str(folder / ".home"), **(env or {})},
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
    )
    run = Run(process, "", {})
    first: queue.Queue[str] = queue.Queue()

    def read(stream: Any, into: list[str]) -> None:
        for line in stream:
            into.append(line)
            first.put(line)
        first.put("")

    threads = [
        threading.Thread(target=read, args=pair, daemon=True)
        for pair in ((process.stdout, run.out), (process.stderr, run.err))
        if pair[0] is not None
    ]
    for thread in threads:
        thread.start()
    try:
        while not run.url:
            line = first.get(timeout=120)
            assert line, f"it ended: {''.join(run.out)}{''.join(run.err)}"
            if as_json and line.startswith('{"'):  # an error is a document of many lines, told when it ended
                run.ready = json.loads(line)
                run.url = run.ready["url"]
            elif not as_json and "http://127.0.0.1:" in line:
                run.url = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        yield run
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for thread in threads:
            thread.join(60)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
