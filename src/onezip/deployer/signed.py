"""What AWS Signer has signed: another zip with the same files, and so with another CodeSha256.

Lambda signs nothing itself, and tells whose signature code or a layer version bears
(`SigningProfileVersionArn`). Signer adds a file to a copy of the zip (Signer Developer Guide, "Create a
signing job for Lambda").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from tempfile import TemporaryDirectory

from onezip.archive.manifest import Kind, Manifest
from onezip.archive.reader import digests, opened
from onezip.deployer.calls import Calls
from onezip.deployer.code import fetch_code
from onezip.deployer.values import Archive, Deployed

SIGNATURE = "META_INF/aws_signer_signature_v1.0.SF"
"""The entry that holds the signature."""


def told_of_signature(
    calls: Calls, name: str, deployed: Deployed | None, archive: Archive
) -> Deployed | None:
    """What is deployed, and whether it is this very zip once signed. Only signed code is fetched for that.

    Raises CloudError, DeployFailed, ArchiveError.
    """
    if deployed is None or not deployed.signed or deployed.code_sha256 == archive.code_sha256:
        return deployed
    same = brings_signed_copy(lambda folder: fetch_code(calls, name, folder), archive)
    return replace(deployed, signed_from=archive.code_sha256) if same else deployed


def brings_signed_copy(fetch: Callable[[str], Archive], archive: Archive) -> bool:
    """Whether the zip that is fetched into a folder is this very zip once signed; it is not kept.

    Raises ArchiveError, and what fetch raises.
    """
    with TemporaryDirectory(prefix="onezip-") as folder:
        return is_signed_copy(fetch(folder).path, archive.path)


def is_signed_copy(path: str, of: str) -> bool:
    """Whether a zip has the files of another one, and a signature. Raises ArchiveError."""
    with opened(path) as (one, its), opened(of) as (other, others):
        mine, theirs = _files(digests(one, its)), _files(digests(other, others))
    return mine.pop(SIGNATURE, None) is not None and mine == theirs


def _files(manifest: Manifest) -> dict[str, str]:
    return {entry.name: entry.sha256 for entry in manifest.entries if entry.kind is Kind.FILE}
