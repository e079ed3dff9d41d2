"""The echo's `/diff` as a browser shows it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from emulator.browser.driving import ELEMENT, Browser, browsing, needs_browser

pytestmark = [pytest.mark.ring2, needs_browser]


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """The address of `onezip echo`."""
    words = [sys.executable, "-m", "onezip", "echo", "--port", "0"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        line = next(line for line in process.stderr if "http://" in line)
        yield line.split("http://127.0.0.1:")[1].partition("/")[0].join(("http://localhost:", ""))
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


SHOWN = """
const style = element => getComputedStyle(element);
const cells = row => [...row.cells].map(cell => cell.innerText);
const rows = [...document.querySelectorAll("tbody tr")];
return {
  heads: [...document.querySelectorAll("th")].map(each => each.innerText),
  links: [...document.links].map(each => [each.innerText, each.search]),
  hosts: rows.map(cells).filter(row => row[0].startsWith("headers.host")),
  colours: new Set(rows.map(row => style(row.cells[0]).backgroundColor)).size,
  layout: style(document.querySelector("table")).tableLayout,
  wide: document.documentElement.scrollWidth > window.innerWidth,
  count: Number(/(\\d+) of/.exec(document.body.innerText)[1]),
  marked: rows.filter(row => row.className != "same").length,
};
"""


def test_two_events_side_by_side(echo: str, browser: Browser) -> None:
    browser.said()
    browser.go(f"{echo}/diff/a%20b?x=1&as=http,rest&long={'y' * 400}")
    shown = browser.run(SHOWN)
    assert browser.said() == [], "the policy of the page lets its own style through"
    assert shown["heads"] == ["place", "http", "rest"]
    host = f'"{echo.removeprefix("http://")}"'
    assert shown["hosts"] == [["headers.host\nheaders.Host", host, host]]
    assert shown["colours"] == 3
    assert shown["layout"] == "fixed"
    assert not shown["wide"]
    assert shown["count"] == shown["marked"]
    name, query = shown["links"][0]
    assert name == "http and url"
    assert query == f"?x=1&long={'y' * 400}&as=http,url"
    assert browser.picture().startswith(b"\x89PNG")


def test_a_link_leads_to_the_same_request_elsewhere(echo: str, browser: Browser) -> None:
    browser.go(f"{echo}/diff/a?x=1")
    link = browser.find("a")[-1]
    address = browser.run("return arguments[0].href", {ELEMENT: link})
    browser.click(link)
    browser.arrive(address)
    assert browser.run("return [...document.querySelectorAll('th')].map(each => each.innerText)") == [
        "place",
        "alb",
        "alb-multi",
    ]
    assert "?x=1&as=alb,alb-multi" in browser.run("return document.querySelector('h1').innerText")
