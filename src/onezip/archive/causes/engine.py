"""The compressor: same content, other packed bytes, and which known engine made them.  [pure]

Known engines are tried: what an engine makes of the content at each level is compared with the packed bytes.
zlib is this machine's, libdeflate the pinned package's; zlib's bytes at one level have been the same since
1.2.5.1, but forks of it (zlib-ng, Chromium's) make others.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.maker import guess
from onezip.archive.causes.sides import Packed, Pair, Sides, groups, names_of
from onezip.archive.causes.words import both, counted, escaped, named
from onezip.archive.manifest import Content, Manifest, ManifestEntry, Method
from onezip.errors import ArchiveError

SAMPLES, SAMPLE, START = 3, 256 << 10, 700_000
"""Entries that engines are tried on, and bytes of each; of a larger one the start is tried.

libdeflate makes blocks of up to 300,000 bytes: only with more behind it is the first block as it was.
"""

MOST_COMPARED = 64 << 20
"""Packed bytes compared where sizes are equal."""

ZLIB = "zlib-ng" if "ng" in zlib.ZLIB_RUNTIME_VERSION else "zlib"

_METHODS = {
    0: "stored", 8: "deflated", 9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ",
}  # fmt: skip
_STRATEGIES = {zlib.Z_FILTERED: "filtered", zlib.Z_HUFFMAN_ONLY: "Huffman only", zlib.Z_RLE: "run lengths",
               zlib.Z_FIXED: "fixed codes"}  # fmt: skip
_DEFAULT_MEMORY = 8


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """One way to call one engine."""

    engine: str
    level: int
    more: str = ""


def method(sides: Sides) -> Iterator[Cause]:
    """Stored on one side, deflated on the other (APPNOTE 4.4.5)."""
    found = groups((pair for pair in sides.pairs if pair.same), lambda entry: entry.method_number)
    if found:
        here, there, names = found[0]
        words = both(*(_METHODS.get(number, f"method {number}") for number in (here, there)))
        summary = f"same content, packed by other methods: {words} ({counted(len(names), 'entry')})"
        yield cause("differs.method", summary, names_of(found), named(names))


def engine(sides: Sides) -> Iterator[Cause]:
    """Deflated on both sides, from the same content, to other bytes."""
    differing = list(_differing(sides))
    if not differing:
        return
    here, there = _names(sides, differing)
    count = counted(len(differing), "entry")
    words = f"same content, compressed to other bytes: {both(here, there)} ({count})"
    if here == there:
        words = f"same content, compressed to other bytes: {here} on both sides ({count})"
    largest = max(differing, key=lambda pair: pair.a.size)
    sizes = both(f"{largest.a.packed:,} bytes", f"{largest.b.packed:,}")
    detail = f"{escaped(largest.name)}: {largest.a.size:,} bytes become {sizes}"
    yield cause("differs.engine", words, (pair.name for pair in differing), detail)


def _differing(sides: Sides) -> Iterator[Pair]:
    budget = MOST_COMPARED
    for pair in sides.pairs:
        if not (pair.a.method is pair.b.method is Method.DEFLATED and pair.same):
            continue
        if pair.a.packed != pair.b.packed:
            yield pair
        elif 2 < pair.a.packed <= budget:
            one, other = _packed(sides.content_a, pair.a), _packed(sides.content_b, pair.b)
            budget -= pair.a.packed
            if one != other and one is not None and other is not None:
                yield pair


def _packed(content: Content, entry: ManifestEntry, limit: int = MOST_COMPARED) -> bytes | None:
    if not isinstance(content, Packed):
        return None
    try:
        return content.packed(entry, limit)
    except ArchiveError:
        return None


def _names(sides: Sides, pairs: Sequence[Pair]) -> tuple[str, str]:
    """What packed each side, in words."""
    found: list[set[Setting] | None] = [None, None]
    for pair in _samples(pairs):
        content = sides.read_a(pair.a, SAMPLE if pair.a.size <= SAMPLE else START)
        packed = _packed(sides.content_a, pair.a), _packed(sides.content_b, pair.b)
        if content is None or packed[0] is None or packed[1] is None:
            continue
        matches = identify(content, (packed[0], packed[1]), whole=len(content) == pair.a.size)
        for side, match in enumerate(matches):
            before = found[side]
            found[side] = match if before is None else before & match
    return _told(sides.a, found[0]), _told(sides.b, found[1])


def _samples(pairs: Sequence[Pair]) -> list[Pair]:
    """The largest that are tried whole; where there is none, the smallest of the others."""
    small = [pair for pair in pairs if pair.a.size <= SAMPLE]
    small.sort(key=lambda pair: -pair.a.size)
    return small[:SAMPLES] or sorted(pairs, key=lambda pair: pair.a.size)[:1]


def identify(content: bytes, packed: Sequence[bytes], *, whole: bool) -> list[set[Setting]]:
    """The settings of known engines that make these streams from the content, for each stream.

    Where content is only the first part, streams must agree for a third of what that part is packed to.
    """
    found: list[set[Setting]] = [set() for _ in packed]
    for setting, stream in _streams(content, whole=whole):
        if all(found) and setting.more:
            break  # unusual settings are tried only where no usual one fits
        for matches, actual in zip(found, packed, strict=True):
            if stream == actual if whole else _starts(actual, stream):
                matches.add(setting)
    return found


def _starts(actual: bytes, stream: bytes) -> bool:
    enough = len(stream) // 3
    return enough >= 64 and actual[:enough] == stream[:enough]


def _streams(content: bytes, *, whole: bool) -> Iterator[tuple[Setting, bytes]]:
    """What each known engine makes of the content, the usual settings first."""
    start = content if whole else content[:SAMPLE]
    for level in (6, 9, 1, 2, 3, 4, 5, 7, 8, 0):
        yield (
            Setting(ZLIB, level),
            _zlib(start, level, _DEFAULT_MEMORY, zlib.Z_DEFAULT_STRATEGY, whole=whole),
        )
    try:
        import deflate
    except ImportError:
        pass
    else:
        for level in range(13):
            yield Setting("libdeflate", level), bytes(deflate.deflate_compress(content, level))
    for level in (6, 9, 1):
        stream = _zlib(start, level, 9, zlib.Z_DEFAULT_STRATEGY, whole=whole)
        yield Setting(ZLIB, level, "memLevel 9"), stream
    for strategy, words in _STRATEGIES.items():
        stream = _zlib(start, 6, _DEFAULT_MEMORY, strategy, whole=whole)
        yield Setting(ZLIB, 6, f"strategy {words}"), stream


def _zlib(content: bytes, level: int, memory: int, strategy: int, *, whole: bool) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, memory, strategy)
    stream = packer.compress(content)
    return stream + packer.flush() if whole else stream


def _told(manifest: Manifest, settings: set[Setting] | None) -> str:
    """The engine in words; where none fits, what the look of the container suggests."""
    if manifest.engine:
        return manifest.engine
    if settings is None:
        return "an engine that was not looked at"
    maker = guess(manifest)
    usual = sorted(setting for setting in settings if not setting.more)
    if not usual and not (maker and maker.engine not in {"", "zlib"}):
        usual = sorted(settings)  # else a tool's own engine happens to do what zlib can be made to do
    if usual:
        return " or ".join(
            _levels(name, list(group)) for name, group in groupby(usual, lambda setting: setting.engine)
        )
    if maker and maker.engine == "zlib":
        return f"an engine other than {ZLIB} as it is here (zlib-ng, or another fork of zlib)"
    if maker and maker.engine:
        return f"likely {maker.engine}"
    return "an engine not known here (Go's compress/flate, zlib-ng, zopfli or another)"


def _levels(name: str, settings: Sequence[Setting]) -> str:
    levels = sorted({setting.level for setting in settings})
    more = f", {settings[0].more}" if settings[0].more else ""
    if len(levels) > 2 and levels == list(range(levels[0], levels[-1] + 1)):
        return f"{name} level {levels[0]} to {levels[-1]}{more}"
    return f"{name} level {' or '.join(map(str, levels))}{more}"
