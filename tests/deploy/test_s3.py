"""Uploads by digest against versitygw, a real S3 server: once, whole, and of many writers one wins."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.driver import KEYS, PATIENCE, Clock, needs_boto3
from deploy.parts import versitygw
from onezip.deployer import upload as uploading
from onezip.deployer.aws import Aws
from onezip.deployer.calls import Calls
from onezip.deployer.cloud import CloudError
from onezip.deployer.mistakes import Where, explained
from onezip.deployer.upload import upload
from onezip.deployer.values import Archive
from onezip.errors import DeployFailed

pytestmark = [needs_boto3, pytest.mark.ring2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("versitygw")
    with versitygw(folder, KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"]) as address:
        yield address


@pytest.fixture
def calls(server: str, monkeypatch: pytest.MonkeyPatch) -> Calls:
    return calling(server, monkeypatch)


def calling(address: str, monkeypatch: pytest.MonkeyPatch, bucket: str = "codes") -> Calls:
    for key, value in KEYS.items():
        monkeypatch.setenv(key, value)
    made = Calls(Aws(region="eu-central-1", endpoint=address, connections=20, read=PATIENCE), Clock())
    try:
        made("s3", "CreateBucket", Bucket=bucket)
        made("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    except CloudError as error:
        if "Already" not in error.code:
            raise
    return made


def large(folder: Path, size: int, seed: bytes = b"x") -> Archive:
    """A file of size bytes that do not repeat."""
    digest = hashlib.sha256()
    path = folder / f"{size}-{seed.hex()}.zip"
    with path.open("wb") as file:
        left, block = size, hashlib.shake_256(seed).digest(1 << 20)
        while left:
            chunk = (left.to_bytes(8, "big") + block)[: min(left, 1 << 20)]
            file.write(chunk)
            digest.update(chunk)
            left -= len(chunk)
    return Archive(str(path), size, digest.hexdigest())


def stored(calls: Calls, key: str) -> str:
    """The hex SHA-256 of what is under a key."""
    body = calls("s3", "GetObject", Bucket="codes", Key=key)["Body"]
    digest = hashlib.sha256()
    while chunk := body.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def versions(calls: Calls, key: str) -> list[str]:
    found = calls("s3", "ListObjectVersions", Bucket="codes", Prefix=key).get("Versions", [])
    return [each["VersionId"] for each in found]


@pytest.mark.parametrize("size", [1, 1000, uploading.SINGLE, uploading.SINGLE + 1, 3 * uploading.PART + 5])
def test_once_and_whole(tmp_path: Path, calls: Calls, size: int) -> None:
    archive = large(tmp_path, size)
    key = f"once/{archive.sha256}.zip"
    heard: list[tuple[int, int]] = []
    first = upload(calls, archive, "codes", key, region="eu-central-1", listen=lambda *a: heard.append(a))
    assert first.sent
    assert first.version
    assert stored(calls, key) == archive.sha256
    assert heard[-1] == (size, size)
    assert [sent for sent, _ in heard] == sorted(sent for sent, _ in heard)
    second = upload(calls, archive, "codes", key)
    assert second == first._replace(sent=False)
    assert versions(calls, key) == [first.version]


@pytest.mark.parametrize("size", [100_000, uploading.SINGLE + 1], ids=["single", "parts"])
def test_a_race_of_16_has_one_winner(tmp_path: Path, calls: Calls, size: int) -> None:
    archive = large(tmp_path, size, b"race")
    key = f"race/{archive.sha256}.zip"
    gate = threading.Barrier(16)

    def one(_: int) -> uploading.Stored:
        gate.wait()
        return upload(calls, archive, "codes", key)

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(one, range(16)))
    assert {each.version for each in found} == set(versions(calls, key))
    assert len(versions(calls, key)) == 1
    assert sum(each.sent for each in found) >= 1
    assert stored(calls, key) == archive.sha256


def test_a_wrong_checksum_is_refused_by_the_server(tmp_path: Path, calls: Calls) -> None:
    archive = large(tmp_path, 1000, b"wrong")
    wrong = hashlib.sha256(b"other").digest()
    import base64

    with pytest.raises(CloudError) as caught:
        calls(
            "s3",
            "PutObject",
            Bucket="codes",
            Key="wrong.zip",
            Body=Path(archive.path).read_bytes(),
            ChecksumSHA256=base64.b64encode(wrong).decode(),
        )
    assert caught.value.status == 400
    assert versions(calls, "wrong.zip") == []


@pytest.mark.parametrize("size", [1000, uploading.SINGLE + 1], ids=["single", "parts"])
def test_a_file_that_is_not_the_zip_is_not_sent(tmp_path: Path, calls: Calls, size: int) -> None:
    archive = large(tmp_path, size, b"lie")
    lie = replace(archive, sha256=hashlib.sha256(b"lie").hexdigest())
    key = f"lie/{lie.sha256}.zip"
    with pytest.raises(DeployFailed) as caught:
        upload(calls, lie, "codes", key)
    assert caught.value.code == "deploy.bytes"
    assert versions(calls, key) == []


def test_an_object_that_lies_is_not_used(tmp_path: Path, calls: Calls) -> None:
    archive = large(tmp_path, 1000, b"poisoned")
    key = f"poisoned/{archive.sha256}.zip"
    calls("s3", "PutObject", Bucket="codes", Key=key, Body=b"another")
    with pytest.raises(DeployFailed) as caught:
        upload(calls, archive, "codes", key)
    assert caught.value.code == "aws.upload"


def test_a_bucket_elsewhere_or_nowhere(tmp_path: Path, calls: Calls) -> None:
    archive = large(tmp_path, 1000, b"elsewhere")
    with pytest.raises(DeployFailed) as caught:
        upload(calls, archive, "codes", "k.zip", region="us-east-1")
    assert caught.value.code == "aws.bucket"
    assert "eu-central-1" in caught.value.message
    with pytest.raises(CloudError) as missing:
        upload(calls, archive, "nowhere", "k.zip")
    assert missing.value.status == 404
    assert versions(calls, "k.zip") == []


class Breaking:
    """A proxy that breaks connections after so many bytes of a request, so many times; or spoils a byte."""

    def __init__(self, target: int, after: int, times: int, *, spoil: bool = False) -> None:
        self.times = times
        self._lock = threading.Lock()
        self._spoil = spoil
        self._after = after
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._pump, args=(server, client, False), daemon=True)
            back.start()
            self._pump(client, server, True)
            back.join()

    def _pump(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        passed = 0
        try:
            while data := source.recv(65_536):
                passed += len(data)
                if counted and passed > self._after and self._strikes():
                    if not self._spoil:
                        break
                    data = bytes([data[0] ^ 1]) + data[1:]
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _strikes(self) -> bool:
        """Whether it is one of the times."""
        with self._lock:
            self.times -= 1 if (more := self.times > 0) else 0
        return more

    def close(self) -> None:
        self._listener.close()


@pytest.mark.parametrize("size", [5_000_000, uploading.SINGLE + 1], ids=["single", "parts"])
def test_broken_connections(
    tmp_path: Path, server: str, calls: Calls, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    archive = large(tmp_path, size, b"broken")
    key = f"broken/{archive.sha256}.zip"
    proxy = Breaking(int(server.rpartition(":")[2]), 1_000_000, times=3)
    try:
        through = Calls(Aws(region="eu-central-1", endpoint=proxy.address, read=PATIENCE), Clock())
        upload(through, archive, "codes", key)
    finally:
        proxy.close()
    assert proxy.times == 0
    assert stored(calls, key) == archive.sha256
    assert len(versions(calls, key)) == 1


def test_a_spoiled_byte_is_refused(
    tmp_path: Path, server: str, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = large(tmp_path, 5_000_000, b"spoiled")
    proxy = Breaking(int(server.rpartition(":")[2]), 1_000_000, times=1, spoil=True)
    try:
        through = Calls(Aws(region="eu-central-1", endpoint=proxy.address, read=PATIENCE), Clock())
        with pytest.raises(CloudError) as caught:
            upload(through, archive, "codes", "spoiled.zip")
    finally:
        proxy.close()
    told = explained(caught.value, Where("hello", "eu-central-1", bucket="codes"))
    assert told.code == "aws.upload", told.message
    assert versions(calls, "spoiled.zip") == []


def test_memory_does_not_grow_with_the_zip(tmp_path: Path, server: str, calls: Calls) -> None:
    import subprocess
    import sys

    peaks = []
    for size in (33_000_000, 200_000_000):
        archive = large(tmp_path, size, b"memory")
        code = (
            "import resource, sys\n"
            "from onezip.deployer.aws import Aws\n"
            "from onezip.deployer.calls import Calls\n"
            "from onezip.deployer.clock import SystemClock\n"
            "from onezip.deployer.upload import upload\n"
            "from onezip.deployer.values import Archive\n"
            "path, size, digest, address = sys.argv[1:]\n"
            "calls = Calls(Aws(region='eu-central-1', endpoint=address), SystemClock())\n"
            "upload(calls, Archive(path, int(size), digest), 'codes', f'memory/{digest}.zip')\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        )
        words: list[Any] = [sys.executable, "-c", code, archive.path, str(size), archive.sha256, server]
        done = subprocess.run(words, env={**os.environ, **KEYS}, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] - peaks[0] < 20_000, peaks
