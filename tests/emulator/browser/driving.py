"""A real browser, driven by WebDriver (W3C) as plain HTTP: Debian's chromium and its chromedriver."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from emulator.serving import until
from ending import end

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
MISSING = "" if CHROMIUM and DRIVER else "no browser: apt-get install chromium chromium-driver"
needs_browser = pytest.mark.skipif(bool(MISSING), reason=MISSING)

FLAGS = (
    "--headless",
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container's /dev/shm may be small
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=1280,900",
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's id (W3C WebDriver, section 12.1)."""


@dataclass(frozen=True)
class Browser:
    """A session with one window. Each command returns its value; what cannot be done is an AssertionError."""

    driver: str
    session: str

    def command(self, method: str, path: str, **values: Any) -> Any:
        return command(f"{self.driver}/session/{self.session}{path}", method, values)

    def go(self, address: str) -> None:
        """Load a page, until all of it is there."""
        self.command("POST", "/url", url=address)

    @property
    def address(self) -> str:
        return str(self.command("GET", "/url"))

    def arrive(self, address: str) -> None:
        """Wait until this page is there, all of it. Raises AssertionError when it takes too long."""
        until(lambda: self.address == address)
        until(lambda: self.run("return document.readyState") == "complete")

    def run(self, script: str, *arguments: Any) -> Any:
        """A function's body run in the page; a promise is awaited."""
        return self.command("POST", "/execute/sync", script=script, args=list(arguments))

    def find(self, selector: str) -> list[str]:
        """The ids of the elements that a CSS selector finds."""
        found = self.command("POST", "/elements", using="css selector", value=selector)
        return [each[ELEMENT] for each in found]

    def write(self, element: str, text: str) -> None:
        self.command("POST", f"/element/{element}/value", text=text)

    def click(self, element: str) -> None:
        """Click; a page that this loads is waited for."""
        self.command("POST", f"/element/{element}/click")

    def said(self) -> list[str]:
        """What the console said since the last look: errors of scripts, of loading, of CORS and CSP."""
        return [each["message"] for each in self.command("POST", "/se/log", type="browser")]

    def forget(self) -> None:
        """No cookies of this page's host any more."""
        self.command("DELETE", "/cookie")

    def picture(self) -> bytes:
        """The window, as PNG."""
        return base64.b64decode(self.command("GET", "/screenshot"))


def command(address: str, method: str, values: Any) -> Any:
    """One WebDriver command."""
    body = json.dumps(values).encode() if method == "POST" else None
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=180) as got:
            return json.load(got)["value"]
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(f"{method} {address}: {error.read().decode()}") from error


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """A browser with a profile of its own."""
    assert CHROMIUM
    assert DRIVER
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        env = {**os.environ, "HOME": profile, "TMPDIR": profile}
        driver = subprocess.Popen([DRIVER, "--port=0"], env=env, stdout=subprocess.PIPE, text=True)
        try:
            assert driver.stdout
            words = next(line for line in driver.stdout if "started successfully on port" in line)
            address = f"http://127.0.0.1:{words.rstrip().rstrip('.').rpartition(' ')[2]}"
            wanted = {
                "goog:chromeOptions": {"binary": CHROMIUM, "args": [*FLAGS, f"--user-data-dir={profile}"]},
                "goog:loggingPrefs": {"browser": "ALL"},
                "timeouts": {"script": 120_000},  # milliseconds
            }
            asked = {"capabilities": {"alwaysMatch": wanted}}
            browser = Browser(address, command(f"{address}/session", "POST", asked)["sessionId"])
            try:
                yield browser
            finally:
                browser.command("DELETE", "")
        finally:
            end(driver)
            if driver.stdout:
                driver.stdout.close()
