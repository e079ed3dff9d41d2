"""The one pinned deflate: libdeflate by the package `deflate`, one version, two levels.

Other engines, and other versions of this one, make other bytes from the same input. So the engine is
checked when a process first uses it, and nothing stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onezip.errors import ArchiveError
from onezip.model.function import Compression

VERSION = "0.9.0"
"""The release of `deflate`; a change of it changes zips and is a breaking change."""

LEVELS = {Compression.DEFAULT: 6, Compression.MAX: 12}

Deflate = Callable[[bytes], bytes | bytearray]
"""Content in, raw deflate stream out."""

_HINT = f"install the pinned release: pip install --only-binary :all: deflate=={VERSION}"
_GOLDEN = {
    6: "6a7453f9bb17c5df1ff8a71654b66665b8349e1d9ea029ac8025d2233f242112",
    12: "c4ac48ae2513c1419223abd3444be71bce08ee2e4c86ae4d98517eada77eb9f4",
}
"""SHA-256 of the sample's deflate stream by level. The sample exercises matches and literals."""

_checked: set[int] = set()


def engine(compression: Compression) -> str:
    """What makes the compressed bytes, as it stands in manifests: `deflate 0.9.0 level 6`, or `stored`."""
    level = LEVELS.get(compression)
    return "stored" if level is None else f"deflate {VERSION} level {level}"


def compressor(compression: Compression) -> Deflate | None:
    """A function from content to a raw deflate stream; None where entries are stored.

    The function may be called by many threads at once and releases the GIL. What it gives may be longer
    than the content: the caller then stores. Raises ArchiveError archive.engine where the installed
    package is missing, of another version or makes other bytes.
    """
    level = LEVELS.get(compression)
    if level is None:
        return None
    deflate: Callable[[bytes, int], bytearray] = _module().deflate_compress
    if level not in _checked:
        _check(deflate, level)
        _checked.add(level)
    return lambda content: deflate(content, level)


def checksum() -> Callable[[bytes], int]:
    """The function from content to its CRC-32 (APPNOTE 4.4.7): libdeflate's, as fast as memory.

    Raises ArchiveError archive.engine where the package is missing or of another version.
    """
    crc32: Callable[[bytes], int] = _module().crc32
    return crc32


def _module() -> Any:
    try:
        import deflate
    except ImportError as error:
        raise ArchiveError(
            "archive.engine", f"the package `deflate` is missing: {error}", hint=_HINT
        ) from None
    version = getattr(deflate, "__version__", None)
    if version is None:
        from importlib.metadata import version as installed_version

        version = installed_version("deflate")
    if version != VERSION:
        raise ArchiveError(
            "archive.engine",
            f"the package `deflate` is {version}, not {VERSION}: other versions may make other bytes",
            hint=_HINT,
        )
    return deflate


def self_test() -> None:
    """Check the installed package at every level in use.

    Raises ArchiveError archive.engine where it is missing, of another version or makes other bytes.
    """
    for level in LEVELS.values():
        _check(_module().deflate_compress, level)


def _check(deflate: Callable[[bytes, int], bytearray], level: int) -> None:
    from hashlib import sha256

    sample = b"".join(b"%d %d\n" % (number * number % 977, number) for number in range(400))
    if sha256(deflate(sample, level)).hexdigest() != _GOLDEN[level]:
        raise ArchiveError(
            "archive.engine",
            f"the package `deflate` calls itself {VERSION}, but at level {level} it makes other bytes "
            "than the pinned release; it may be linked to another libdeflate",
            hint=_HINT,
        )
