"""The Cloud that is AWS. The library that speaks with it is imported with the first call, and only here."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from onezip import __version__
from onezip.deployer.cloud import CloudError
from onezip.errors import DeployFailed

CONNECT, READ = 10.0, 65.0
"""Seconds until a connection, and until an answer. `calls.py` tries again, the library does not."""

INVOKE = 905.0
"""Seconds for an invocation: the longest timeout of a function, and a little."""

LARGEST = 300 * 1024 * 1024
"""Bytes that are fetched from a presigned address at most."""


class Aws:
    """An account and Region, by a profile or the usual ways to credentials.

    The library and the credentials are looked for with the first call; `region` may then be asked for too.
    endpoint is for servers that stand in for AWS. Raises DeployFailed (aws.library) and CloudError.
    """

    def __init__(
        self, profile: str | None = None, region: str | None = None, endpoint: str | None = None,
        *, connections: int = 10, read: float = READ,
    ) -> None:  # fmt: skip
        self._profile = profile
        self._region = region
        self._endpoint = endpoint
        self._connections = connections
        self._read = read
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """The Region: as given, or of the profile."""
        if self._region is None:
            with self._lock, _told("", "Session"):
                self._region = str(self._opened().get_config_variable("region") or "")
        return self._region

    def regions(self) -> Sequence[str]:
        """The Regions that the library knows for Lambda."""
        with suppress(CloudError), self._lock, _told("", "Session"):
            session = self._opened()
            found = [
                region
                for partition in session.get_available_partitions()
                for region in session.get_available_regions("lambda", partition)
            ]
            return tuple(found)
        return ()

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One call, once."""
        with _told(service, operation):
            from botocore import xform_name

            client = self._client(service, INVOKE if operation == "Invoke" else self._read)
            body = parameters.get("Body")
            if body is not None and not isinstance(body, bytes):
                body.seek(0)  # sent before, perhaps
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
            meta = answer.pop("ResponseMetadata", {})
            region = meta.get("HTTPHeaders", {}).get("x-amz-bucket-region")
            if region:
                answer.setdefault("BucketRegion", region)
            if operation == "Invoke":
                answer["Payload"] = answer["Payload"].read()
            return answer

    def fetch(self, address: str) -> Iterator[bytes]:
        """The bytes behind a presigned address."""
        from urllib import request

        if not address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise CloudError("lambda", "GetFunction", "Address", "the code's address is not https")
        read = 0
        try:
            with request.urlopen(address, timeout=self._read) as answer:  # noqa: S310 - looked at above
                while chunk := answer.read(1 << 20):
                    read += len(chunk)
                    if read > LARGEST:
                        break
                    yield chunk
        except OSError as error:
            # the words of the error may hold the address, which is a key to the code
            status = int(getattr(error, "code", 0) or 0)
            code = "ConnectionError" if status == 0 or status >= 500 else str(status)
            raise CloudError(
                "lambda", "GetFunction", code, "the code could not be fetched", status=status
            ) from None
        if read > LARGEST:
            raise CloudError("lambda", "GetFunction", "Size", f"the code has more than {LARGEST:,} bytes")

    def _client(self, service: str, read: float) -> Any:
        key = f"{service} {read}"
        with self._lock:
            if key not in self._clients:
                from botocore.config import Config

                config = Config(
                    connect_timeout=CONNECT,
                    read_timeout=read,
                    retries={"mode": "standard", "total_max_attempts": 1},
                    max_pool_connections=self._connections,
                    user_agent_extra=f"onezip/{__version__}",
                    signature_version="s3v4" if service == "s3" else None,
                )
                session = self._opened()
                region = self._region or session.get_config_variable("region")
                if not region:
                    raise CloudError(service, "Session", "NoRegionError", "You must specify a region.")
                self._clients[key] = session.create_client(
                    service, region_name=region, endpoint_url=self._endpoint, config=config
                )
            return self._clients[key]

    def _opened(self) -> Any:
        if self._session is None:
            import botocore.session

            self._session = botocore.session.Session(profile=self._profile)
            self._session.register("before-parse", _whole)
        return self._session


def _whole(operation_model: Any, response_dict: dict[str, Any], **_: object) -> None:
    """Refuse an answer that broke off: the library takes a cut body for an answer with few members."""
    body, told = response_dict.get("body"), response_dict["headers"].get("content-length")
    if operation_model.http.get("method") == "HEAD" or not isinstance(body, bytes):
        return
    if told is not None and int(told) != len(body):
        raise ConnectionError(f"{len(body)} of {told} bytes of the answer arrived")


class _told:  # noqa: N801 - reads as a word where it is used
    """Turns every error of the library into a CloudError."""

    def __init__(self, service: str, operation: str) -> None:
        self._service = service
        self._operation = operation

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, CloudError | DeployFailed):
            return
        try:
            from botocore import exceptions
            from urllib3.exceptions import HTTPError
        except ModuleNotFoundError as missing:
            raise DeployFailed(
                "aws.library",
                "boto3, which speaks with AWS, is not installed",
                hint='pip install "onezip[aws]", or where onezip is a tool of its own:'
                ' uv tool install "onezip[aws]"',
            ) from missing
        if isinstance(error, exceptions.ClientError):
            told = error.response.get("Error", {})
            meta = error.response.get("ResponseMetadata", {})
            headers = meta.get("HTTPHeaders", {})
            raise CloudError(
                self._service,
                self._operation,
                str(told.get("Code") or "Unknown"),
                str(told.get("Message") or error.response.get("message") or ""),
                status=int(meta.get("HTTPStatusCode") or 0),
                region=str(told.get("Region") or headers.get("x-amz-bucket-region") or ""),
            ) from error
        unreachable = isinstance(error, ValueError) and "endpoint" in str(error).lower()
        if unreachable or isinstance(error, exceptions.BotoCoreError | HTTPError | ConnectionError):
            name = "EndpointConnectionError" if unreachable else type(error).__name__
            if isinstance(error, HTTPError | ConnectionError):
                name = "ConnectionError"
            elif isinstance(error, exceptions.HTTPClientError) and name == "HTTPClientError":
                name = "ConnectionClosedError"
            raise CloudError(self._service, self._operation, name, str(error)) from error
