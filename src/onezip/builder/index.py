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
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

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
    files = {
        package: candidates(package, at, timeout=timeout) for package in list(wanting(output))[:_PACKAGES]
    }
    return explain(function, output, files, named)


def index_urls(environ: Mapping[str, str], named: Sequence[tuple[str, str]] = ()) -> list[str]:
    """The configured indexes in the order in which uv asks them; variables as uv and pip name them."""
    if any(option == "--no-index" for option, _ in named):
        return []
    found = environ.get("UV_INDEX", "").split()
    found += (environ.get("UV_EXTRA_INDEX_URL") or environ.get("PIP_EXTRA_INDEX_URL", "")).split()
    found += [url for option, url in named if option in {"--extra-index-url", "--index"}]
    default = next((url for option, url in named if option in {"--index-url", "--default-index"}), None)
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        default = default or environ.get(variable)
    urls = [re.sub(r"^[\w.-]+=", "", url) for url in (*found, default or _default())]
    return [url for url in dict.fromkeys(urls) if urlsplit(url).scheme in {"http", "https"}]


def _default() -> str:
    """The index where nothing is configured, in uv's own words; empty where it is silent."""
    tool = uv()
    argv = (tool.path, "pip", "compile", "--no-config", "--quiet", "--no-header", "--emit-index-url", "-")
    told = run(Command(argv, os.path.dirname(tool.path), tool.env, title="uv's default index", input="\n"))
    found = re.search(r"^--index-url (\S+)", told.stdout, re.MULTILINE)
    return found[1] if found else ""


def candidates(package: str, urls: Sequence[str], *, timeout: float = 10.0) -> tuple[Candidate, ...]:
    """Every file of package in the first index that has it; empty where none answers. timeout in seconds."""
    name = re.sub(r"[-_.]+", "-", package).lower()
    for url in urls:
        page = f"{url.rstrip('/')}/{name}/"
        try:
            kind, data = fetch(page, timeout)
            body = data.decode("utf-8", "replace")
            found = tuple(_from_json(body, page) if "json" in kind else _from_html(body, page))
        except (OSError, ValueError, http.client.HTTPException):
            continue
        if found:
            return found
    return ()


def fetch(url: str, timeout: float, limit: int = _LIMIT) -> tuple[str, bytes]:
    """(content type, content) of an address. Credentials go to the named host only, never along a redirect.

    Raises OSError, ValueError and HTTPException.
    """
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
        return answer.headers.get_content_type(), answer.read(limit)


def _from_json(body: str, page: str) -> Iterator[Candidate]:
    answer: Any = json.loads(body)
    files = answer.get("files") if isinstance(answer, dict) else None
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and isinstance(file.get("filename"), str):
            needs, hashes = file.get("requires-python"), file.get("hashes")
            digest = hashes.get("sha256") if isinstance(hashes, dict) else ""
            yield Candidate(
                file["filename"],
                needs if isinstance(needs, str) else "",
                bool(file.get("yanked")),
                _joined(page, str(file.get("url", ""))),
                digest if isinstance(digest, str) else "",
            )


def _joined(page: str, address: str) -> str:
    """A file's address; on the index's own host with its credentials."""
    url, base = urlsplit(urljoin(page, address)), urlsplit(page)
    if "@" in base.netloc and url.netloc == base.netloc.rpartition("@")[2]:
        return urlunsplit(url._replace(netloc=base.netloc))
    return urlunsplit(url)


def _from_html(body: str, page: str) -> list[Candidate]:
    reader = _Page(page)
    reader.feed(body)
    return reader.found


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self.found: list[Candidate] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href"):
            address, _, fragment = (values["href"] or "").partition("#")
            filename = unquote(urlsplit(address).path.rpartition("/")[2])
            digest = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
            self.found.append(
                Candidate(
                    filename,
                    values.get("data-requires-python") or "",
                    "data-yanked" in values,
                    _joined(self._page, address),
                    digest,
                )
            )
