"""The pinned engine, and what happens where it is not the one."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from types import ModuleType

import deflate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onezip.archive import compress
from onezip.archive.compress import checksum, compressor, engine, self_test
from onezip.errors import ArchiveError
from onezip.model.function import Compression

HINT = "install the pinned release: pip install --only-binary :all: deflate==0.9.0"


def test_names_of_engines() -> None:
    assert engine(Compression.DEFAULT) == "deflate 0.9.0 level 6"
    assert engine(Compression.MAX) == "deflate 0.9.0 level 12"
    assert engine(Compression.NONE) == "stored"


def test_self_test() -> None:
    self_test()


def test_nothing_compresses_where_all_is_stored() -> None:
    assert compressor(Compression.NONE) is None


@given(st.binary(max_size=4000))
def test_streams_are_raw_deflate(content: bytes) -> None:
    for compression in (Compression.DEFAULT, Compression.MAX):
        squeeze = compressor(compression)
        assert squeeze is not None
        assert zlib.decompress(bytes(squeeze(content)), -15) == content


@given(st.binary())
def test_checksum(content: bytes) -> None:
    assert checksum()(content) == zlib.crc32(content)


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Another package `deflate`, which the process has not checked yet."""
    module = ModuleType("deflate")
    for name in ("__version__", "deflate_compress", "crc32"):
        setattr(module, name, getattr(deflate, name))
    monkeypatch.setitem(sys.modules, "deflate", module)
    monkeypatch.setattr(compress, "_checked", set())
    return module


def refused() -> str:
    attempts: list[Callable[[], object]] = [lambda: compressor(Compression.DEFAULT), self_test]
    messages = set()
    for attempt in attempts:
        with pytest.raises(ArchiveError) as caught:
            attempt()
        assert (caught.value.code, caught.value.hint) == ("archive.engine", HINT)
        messages.add(caught.value.message)
    (message,) = messages
    return message


def test_other_version(other: ModuleType) -> None:
    other.__version__ = "0.10.0"  # type: ignore[attr-defined]
    assert refused() == "the package `deflate` is 0.10.0, not 0.9.0: other versions may make other bytes"


def test_other_bytes(other: ModuleType) -> None:
    def deflate_compress(content: bytes, level: int) -> bytes:
        return zlib.compress(content, 6)[2:-4]

    other.deflate_compress = deflate_compress  # type: ignore[attr-defined]
    assert refused() == (
        "the package `deflate` calls itself 0.9.0, but at level 6 it makes other bytes than the pinned "
        "release; it may be linked to another libdeflate"
    )


def test_missing(other: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deflate", None)
    message = "the package `deflate` is missing: import of deflate halted; None in sys.modules"
    assert refused() == message


def test_version_of_a_package_that_does_not_tell(other: ModuleType) -> None:
    del other.__version__
    self_test()


def test_checked_once(other: ModuleType) -> None:
    compressor(Compression.DEFAULT)

    def deflate_compress(content: bytes, level: int) -> bytes:
        raise AssertionError

    other.deflate_compress = deflate_compress  # type: ignore[attr-defined]
    compressor(Compression.DEFAULT)
    with pytest.raises(AssertionError):
        compressor(Compression.MAX)
