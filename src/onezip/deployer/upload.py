"""A zip into S3 under the name of its digest: once, whole, checked by the server.

The key names the bytes, so an object that is there needs no second upload, and of many writers one wins
(If-None-Match, S3 User Guide "Conditional writes"). The zip is read in parts: memory does not grow with it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any, NamedTuple

from onezip.deployer.calls import Calls
from onezip.deployer.cloud import CloudError, Kind, kind
from onezip.deployer.mistakes import elsewhere
from onezip.deployer.values import Archive
from onezip.errors import DeployFailed

SINGLE = 32 * 1024 * 1024
"""Bytes up to which a zip travels in one PutObject."""

PART = 16 * 1024 * 1024
"""Bytes of a part of a larger one (S3: 5 MiB to 5 GiB, at most 10,000 parts)."""

_CHUNK = 1 << 20

Listen = Callable[[int, int], None]
"""Hears how many bytes of how many are sent."""


class Stored(NamedTuple):
    """Where a zip is in S3; version is empty in a bucket without versions; sent: not there before."""

    bucket: str
    key: str
    version: str
    sent: bool


def upload(
    calls: Calls, archive: Archive, bucket: str, key: str, *, region: str = "", listen: Listen | None = None
) -> Stored:
    """Bring a zip into a bucket, or find it there. region is where the bucket must be, empty for anywhere.

    Raises CloudError; DeployFailed (aws.bucket, aws.upload, deploy.bytes).
    """
    check_region(calls, bucket, region)
    found = _found(calls, archive, bucket, key)
    if found is not None:
        return found
    check_bytes(archive)
    tell = listen or _deaf
    try:
        if archive.size <= SINGLE:
            answer = _put(calls, archive, bucket, key)
        else:
            answer = _put_parts(calls, archive, bucket, key, tell)
    except CloudError as error:
        # another writer was first: the key names the bytes, so these are the same
        if kind(error) is not Kind.STALE:
            raise
        found = _found(calls, archive, bucket, key)
        if found is None:
            raise
        return found
    tell(archive.size, archive.size)
    return Stored(bucket, key, _version(answer), sent=True)


def check_region(calls: Calls, bucket: str, region: str) -> None:
    """Raise DeployFailed (aws.bucket) where a bucket is in another Region than this."""
    there = str(calls("s3", "HeadBucket", Bucket=bucket).get("BucketRegion") or "")
    if region and there and there != region:
        code, meaning, hint = elsewhere(bucket, there, region)
        raise DeployFailed(code, meaning, hint=hint)


def check_bytes(archive: Archive) -> None:
    """Raise DeployFailed (deploy.bytes) where the file is not the zip that was planned for."""
    digest, size = sha256(), 0
    try:
        with open(archive.path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise DeployFailed(
            "deploy.bytes", f"{archive.path} cannot be read: {error.strerror or error}", hint="build it again"
        ) from error
    if (digest.hexdigest(), size) != (archive.sha256, archive.size):
        raise DeployFailed(
            "deploy.bytes",
            f"{archive.path} is not the zip that was built: its digest is another one",
            hint="build again, and let nothing else write there",
        )


def _found(calls: Calls, archive: Archive, bucket: str, key: str) -> Stored | None:
    """The object if it is there whole. Raises DeployFailed where another one has its name."""
    head = calls.or_none("s3", "HeadObject", Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    if head is None:
        return None
    told = str(head.get("ChecksumSHA256") or "")
    other = told and "-" not in told and told != archive.code_sha256
    if head.get("ContentLength") != archive.size or other:
        raise DeployFailed(
            "aws.upload",
            f"s3://{bucket}/{key} is not the zip that its name tells",
            hint="remove that object, and find out who wrote it",
        )
    return Stored(bucket, key, _version(head), sent=False)


def _put(calls: Calls, archive: Archive, bucket: str, key: str) -> dict[str, Any]:
    with open(archive.path, "rb") as body:
        return calls(
            "s3",
            "PutObject",
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentLength=archive.size,
            ContentType="application/zip",
            IfNoneMatch="*",
            ChecksumSHA256=archive.code_sha256,
        )


def _put_parts(calls: Calls, archive: Archive, bucket: str, key: str, tell: Listen) -> dict[str, Any]:
    place = {"Bucket": bucket, "Key": key}
    made = calls(
        "s3",
        "CreateMultipartUpload",
        **place,
        ContentType="application/zip",
        ChecksumAlgorithm="SHA256",
        ChecksumType="COMPOSITE",
    )
    place["UploadId"] = made["UploadId"]
    try:
        parts: list[dict[str, Any]] = []
        whole, sent = sha256(), 0
        with open(archive.path, "rb") as file:
            while chunk := file.read(PART):
                whole.update(chunk)
                digest = base64.b64encode(sha256(chunk).digest()).decode("ascii")
                number = len(parts) + 1
                answer = calls(
                    "s3", "UploadPart", **place, PartNumber=number, Body=chunk, ChecksumSHA256=digest
                )
                parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": digest})
                sent += len(chunk)
                tell(sent, archive.size)
        if whole.hexdigest() != archive.sha256:
            raise DeployFailed(  # noqa: TRY301 - what is half there is removed below
                "deploy.bytes",
                f"{archive.path} changed while it was sent",
                hint="build again, and let nothing else write there",
            )
        return _complete(calls, archive, place, parts)
    except BaseException:
        with suppress(CloudError):  # what failed first is what counts
            calls.once("s3", "AbortMultipartUpload", **place)
        raise


def _complete(
    calls: Calls, archive: Archive, place: dict[str, Any], parts: list[dict[str, Any]]
) -> dict[str, Any]:
    """Join the parts. An answer that got lost, and another writer's being first, are the same: look."""
    whole = {**place, "MultipartUpload": {"Parts": parts}, "IfNoneMatch": "*"}
    try:
        return calls.once("s3", "CompleteMultipartUpload", **whole)
    except CloudError as error:
        if kind(error) is Kind.REFUSED:
            raise
        found = _found(calls, archive, place["Bucket"], place["Key"])
        if found is not None:
            return {"VersionId": found.version}
        if kind(error) not in {Kind.BROKEN, Kind.THROTTLED}:
            raise
        return calls("s3", "CompleteMultipartUpload", **whole)


def _version(answer: dict[str, Any]) -> str:
    version = str(answer.get("VersionId") or "")
    return "" if version == "null" else version


def _deaf(_sent: int, _all: int) -> None:
    """Listen to nothing."""
