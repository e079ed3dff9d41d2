"""Asks a package index which files it has of a package: only to say more about a failed build.

The simple API, as JSON (PEP 691) or HTML (PEP 503). No answer is an answer too: then there are no candidates.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from onezip.builder.languages.base import Explained
from onezip.builder.languages.python_candidates import Candidate
from onezip.builder.languages.python_explain import explain, wanting
from onezip.builder.uv import uv
from onezip.model.build import Command
from onezip.model.function import Function
from onezip.process import run

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_LIMIT = 64 * 1024 * 1024
_PACKAGES = 3


def explain_with_index(
    function: Function,
    output: str,
    environ: Mapping[str, str],
    named: Sequence[tuple[str, str]] = (),
    *,
    timeout: float = 10.0,
) -> Explained:
    """What uv's words mean, with a second look at the index for the packages that have no wheel.

    named are the index options of the requirements files, as `languages.python.indexes` gives them; timeout
    is in seconds, for each answer.
    """
    at = index_urls(environ, named)
    files = {package: candidates(package, at, timeout=timeout) for package in wanting(output)[:_PACKAGES]}
    return explain(function, output, files)


def index_urls(environ: Mapping[str, str], named: Sequence[tuple[str, str]] = ()) -> list[str]:
    """The configured indexes in the order in which uv asks them; variables as uv and pip name them."""
    if any(option == "--no-index" for option, _ in named):
        return []
    found = environ.get("UV_INDEX", "").split()
    found += (environ.get("UV_EXTRA_INDEX_URL") or environ.get("PIP_EXTRA_INDEX_URL", "")).split()
    found += [url for option, url in named if option == "--extra-index-url"]
    default = next((url for option, url in named if option == "--index-url"), None)
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        default = default or environ.get(variable)
    urls = [re.sub(r"^[\w.-]+=", "", url) for url in (*found, default or _default())]
    return [url for url in dict.fromkeys(urls) if urlsplit(url).scheme in {"http", "https"}]


def _default() -> str:
    """The index where nothing is configured: uv's own default, in uv's own words; empty where it is silent."""
    tool = uv()
    argv = (tool.path, "pip", "compile", "--no-config", "--quiet", "--no-header", "--emit-index-url", "-")
    told = run(Command(argv, os.path.dirname(tool.path), tool.env, title="uv's default index", input="\n"))
    found = re.search(r"^--index-url (\S+)", told.stdout, re.MULTILINE)
    return found[1] if found else ""


def candidates(package: str, urls: Sequence[str], *, timeout: float = 10.0) -> tuple[Candidate, ...]:
    """Every file of package in the first index that has it; empty where none answers. timeout in seconds."""
    name = re.sub(r"[-_.]+", "-", package).lower()
    for url in urls:
        try:
            kind, body = _fetch(f"{url.rstrip('/')}/{name}/", timeout)
            found = tuple(_from_json(body) if "json" in kind else _from_html(body))
        except (OSError, ValueError, http.client.HTTPException):
            continue
        if found:
            return found
    return ()


def _fetch(url: str, timeout: float) -> tuple[str, str]:
    """(content type, text) of a page. Credentials go to the named host only, never along a redirect."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(  # noqa: S310 - http and https only, see index_urls
        urlunsplit((parts.scheme, host, parts.path, parts.query, "")), headers={"Accept": _ACCEPT}
    )
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        encoded = base64.b64encode(secret.encode()).decode("ascii")
        request.add_unredirected_header("Authorization", f"Basic {encoded}")
    with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
        body: bytes = answer.read(_LIMIT)
        return answer.headers.get_content_type(), body.decode("utf-8", "replace")


def _from_json(body: str) -> Iterator[Candidate]:
    page: Any = json.loads(body)
    files = page.get("files") if isinstance(page, dict) else None
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and isinstance(file.get("filename"), str):
            needs = file.get("requires-python")
            yield Candidate(
                file["filename"], needs if isinstance(needs, str) else "", bool(file.get("yanked"))
            )


def _from_html(body: str) -> list[Candidate]:
    page = _Page()
    page.feed(body)
    return page.found


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Candidate] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href"):
            filename = unquote(urlsplit(values["href"] or "").path.rpartition("/")[2])
            self.found.append(
                Candidate(filename, values.get("data-requires-python") or "", "data-yanked" in values)
            )
