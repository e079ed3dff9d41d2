"""Wheels for a glibc between those that uv has names for: Amazon Linux 2 has 2.26, uv knows 2.17 and 2.28.

uv resolves for 2.17. Where a distribution has wheels for 2.18 to 2.26 alone, the index is asked for it, and
the wheel is handed to uv in a folder, under a name that it takes; what the wheel says of itself is read back
after the installation and judged as ever.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
from collections.abc import Sequence
from dataclasses import replace

from onezip import process
from onezip.builder.index import candidates, fetch, index_urls
from onezip.builder.languages.python import indexes
from onezip.builder.languages.python_candidates import Candidate, Release
from onezip.builder.languages.python_direct import normalised
from onezip.builder.languages.python_explain import wanting
from onezip.builder.languages.python_target import Target, target
from onezip.builder.languages.python_wanted import file_url
from onezip.builder.staging import Mend
from onezip.model.build import Command, Facts
from onezip.model.function import Function

_TIMEOUT = 60.0
_LIMIT = 512 * 1024 * 1024


def mender(function: Function, facts: Facts, places: dict[str, str] | None = None) -> Mend:
    """What to try where uv finds no wheel: the same again, with the wheels that it did not know to choose.

    places gets, by SHA-256, where each came from.
    """
    tried: set[str] = set()
    came_from = places if places is not None else {}

    def mend(command: Command, output: str, tree: str) -> Command | None:
        if "build" in command.argv:
            return None
        on = target(function)
        missing = {name: versions for name, versions in wanting(output).items() if name not in tried}
        if not missing or on.uv_glibc >= on.glibc[1]:
            return None
        tried.update(missing)
        folder = os.path.join(tree, "between")
        urls = index_urls(process.environment(), indexes("", facts, lambda _path: None))
        links = [os.path.join(command.cwd, link) for link in json.loads(facts.details["links"])]
        found = [
            file
            for name, versions in missing.items()
            if (file := Release(name, _files(name, links, urls), versions).between(on)) is not None
            and _take(file, folder, on, came_from)
        ]
        if not found:
            return None
        if folder in command.argv:
            return command
        return replace(command, argv=(*command.argv, "--find-links", folder))

    return mend


def _files(name: str, links: Sequence[str], urls: Sequence[str]) -> Sequence[Candidate]:
    """The files of a package in folders of --find-links and in the first index that has it."""
    found = [
        Candidate(file, url=os.path.join(folder, file))
        for folder in links
        if os.path.isdir(folder)
        for file in sorted(os.listdir(folder))
        if normalised(file.partition("-")[0]) == name
    ]
    return (*found, *candidates(name, urls))


def _take(file: Candidate, folder: str, on: Target, came_from: dict[str, str]) -> bool:
    """Fetch a wheel into the folder; False where it cannot be had, or is not what the index says."""
    try:
        if os.path.isfile(file.url):
            with open(file.url, "rb") as local:
                data = local.read()
        else:
            _, data = fetch(file.url, _TIMEOUT, _LIMIT)
    except (OSError, ValueError, http.client.HTTPException):
        return False
    digest = hashlib.sha256(data).hexdigest()
    if file.sha256 and digest != file.sha256:
        return False
    came_from[digest] = file_url(file.url) if os.path.isfile(file.url) else file.url
    os.makedirs(folder, exist_ok=True)
    stem = file.filename.removesuffix(".whl").rpartition("-")[0]
    with open(os.path.join(folder, f"{stem}-manylinux_2_{on.uv_glibc}_{on.machine}.whl"), "wb") as copy:
        copy.write(data)
    return True
