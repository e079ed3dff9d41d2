"""The code that is deployed: fetched, and proven by its digest."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256

from onezip.archive.sink import Sink
from onezip.deployer.calls import Calls
from onezip.deployer.cloud import CloudError
from onezip.deployer.values import Archive
from onezip.errors import DeployFailed

TRIES = 3
"""How often a fetch is begun anew; a presigned address holds for ten minutes."""


def fetch_code(calls: Calls, name: str, folder: str, *, qualifier: str = "") -> Archive:
    """The zip of a function, or of its version or alias, as FOLDER/DIGEST.zip.

    Raises CloudError; DeployFailed (aws.image, deploy.bytes) and ArchiveError (archive.write).
    """
    wanted = {"Qualifier": qualifier} if qualifier else {}

    def look() -> tuple[str, str]:
        whole = calls("lambda", "GetFunction", FunctionName=name, **wanted)
        configuration, code = whole["Configuration"], whole.get("Code") or {}
        if configuration.get("PackageType") == "Image" or code.get("ImageUri"):
            raise DeployFailed(
                "aws.image",
                f"the code of {name} is a container image, not a zip",
                hint="only zips are handled",
            )
        return str(code.get("Location", "")), str(configuration["CodeSha256"])

    return fetch_archive(calls, name, folder, look)


def fetch_archive(calls: Calls, name: str, folder: str, look: Callable[[], tuple[str, str]]) -> Archive:
    """The zip at a presigned address, proven by its CodeSha256, as FOLDER/DIGEST.zip.

    look asks for both, anew for each try: an address holds for minutes. Raises as `fetch_code`.
    """
    for tried in range(TRIES):
        location, digest = look()
        try:
            archive = _fetch(calls, location, folder)
        except CloudError:
            if tried + 1 == TRIES:
                raise
            calls.clock.sleep(1 + calls.clock.jitter())
            continue
        if archive.code_sha256 == digest:
            return archive
        os.unlink(archive.path)
    raise DeployFailed(
        "deploy.bytes",
        f"the code of {name} that arrived is not the one whose digest AWS tells",
        hint="try again; if it stays, look for a proxy that changes what passes",
    )


def _fetch(calls: Calls, location: str, folder: str) -> Archive:
    digest = sha256()
    path = os.path.join(folder, "code.zip")
    with Sink(path) as sink:
        for chunk in calls.cloud.fetch(location):
            digest.update(chunk)
            sink.write([chunk])
        size = sink.size
    found = digest.hexdigest()
    final = os.path.join(folder, f"{found}.zip")
    os.replace(path, final)
    return Archive(final, size, found)
