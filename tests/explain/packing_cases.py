"""Pairs of zips of the same files, packed in other ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from explain.zips import (
    DOS,
    FILE,
    FOLDER,
    LINK,
    RUN,
    Entry,
    Files,
    entries,
    streamed,
    unix_owner,
    unix_times,
    zipped,
)

Bytes = Callable[[], bytes]


@dataclass(frozen=True)
class Case:
    """A pair, the codes that must be told and no others, and words that must stand in the causes.

    near are codes that it nearly shows.
    """

    a: Bytes
    b: Bytes
    codes: frozenset[str]
    words: tuple[str, ...] = ()
    near: frozenset[str] = frozenset()


def case(a: Bytes, b: Bytes, codes: str, *words: str, near: str = "") -> Case:
    """A case, with its codes between blanks."""
    return Case(a, b, frozenset(codes.split()), words, frozenset(near.split()))


TEXT = b"".join(b"%d is the number after %d\n" % (number * 7919 % 1009, number) for number in range(900))
FILES: Files = {
    "app.py": b"print(1)\n",
    "bootstrap": Entry(b"#!/bin/sh\nexit 0\n", mode=RUN),
    "lib/text.txt": TEXT,
}
BASE = entries(FILES)


def base(**common: object) -> Bytes:
    """The files, all with something in common."""
    return lambda: zipped(entries(FILES, **common))


def changed(name: str, also: Mapping[str, object] | None = None, **changes: object) -> Bytes:
    """The files, one of them changed; also is common to all."""
    files = entries(FILES, **(also or {}))
    return lambda: zipped(files | {name: replace(files[name], **changes)})  # type: ignore[arg-type]


def times(*hours: int, minute: int = 8, second: int = 10, month: int = 4) -> Bytes:
    """The files at hours of a day."""
    stamps = [(2024, month, 6, hour, minute, second) for hour in hours]
    return lambda: zipped(
        {
            name: replace(entry, modified=stamp)
            for (name, entry), stamp in zip(BASE.items(), stamps, strict=True)
        }
    )


def modes(*each: int) -> Bytes:
    """The files in these modes."""
    return lambda: zipped(
        {name: replace(entry, mode=mode) for (name, entry), mode in zip(BASE.items(), each, strict=True)}
    )


def reordered() -> bytes:
    return zipped(dict(reversed(BASE.items())))


def with_folders() -> bytes:
    return zipped({"lib/": Entry(method=0, mode=FOLDER, dos=0x10)} | BASE)


def link(name: str) -> Bytes:
    """Two files, one of which may be a link."""
    return lambda: zipped([(each, Entry(b"b", mode=LINK if each == name else FILE)) for each in ("a", "b")])


def named_raw(flag: int) -> Bytes:
    return lambda: zipped([(b"h\xc3\xa9", Entry(b"hello\n", flags=flag)), (b"x.txt", Entry(b"x\n"))])


def twice() -> bytes:
    return zipped([("app.py", Entry(b"old\n")), *BASE.items()])


def once() -> bytes:
    return zipped(BASE)


PACKING: dict[str, Case] = {
    "order": case(
        once,
        reordered,
        "order",
        "entries are in another order: sorted by name here, not sorted there",
        "the first that differs is entry 1 of those in both: app.py here, lib/text.txt there",
    ),
    "order kept": case(once, lambda: zipped({"a.txt": Entry(b"a\n")} | BASE), "added", near="order"),
    "one time each": case(
        base(),
        base(modified=(1980, 1, 1, 0, 0, 0)),
        "times maker",
        "times differ: 2024-04-06 07:08:10 here, 1980-01-01 00:00:00 there (all 3 entries)",
    ),
    "own times": case(
        times(6, 8, 9), base(), "times", "the files' own times here, 2024-04-06 07:08:10 there"
    ),
    "some times": case(
        times(7, 8, 9), times(7, 8, 13), "times", "times differ in 1 entry", "09:08:10 here", near="time-zone"
    ),
    "no date": case(
        base(), base(modified=(1980, 0, 0, 0, 0, 0)), "times", "1980-00-00 00:00:00 (no valid date) there"
    ),
    "time zone": case(
        times(7, 8, 9),
        times(12, 13, 14, minute=38),
        "time-zone",
        "times differ by +5:30 hours, as another time zone makes it (all 3 entries)",
    ),
    "time zone rounded": case(times(7, 8, 9), times(5, 6, 7, second=12), "time-zone", "by -2:00 hours"),
    "summer time": case(
        times(7, 8, 9),
        times(8, 9, 10),
        "time-zone",
        "+1:00 hours, as summer time or the next time zone makes it",
    ),
    "zones with summer time": case(
        times(7, 8, 9),
        times(8, 10, 11),
        "time-zone",
        "by +1:00 hours or +2:00 hours, as time zones with summer time make them",
    ),
    "no time zone": case(
        times(7, 8, 9),
        times(12, 13, 14, minute=15),
        "times",
        "times differ in all 3 entries",
        near="time-zone",
    ),
    "umask": case(
        base(),
        modes(0o100664, 0o100775, 0o100664),
        "umask",
        "modes differ as a umask would make them: 0644 here, 0664 there (3 entries)",
        "umask 022 here, 002 there",
        "set umask 022",
    ),
    "tight umask": case(base(), modes(0o100600, 0o100700, 0o100600), "umask", "umask 022 here, 077 there"),
    "no umask": case(
        base(),
        modes(0o100600, 0o100775, 0o100644),
        "modes",
        "modes differ: 0644 here, 0600 there (1 entry), and 1 other pairs of modes",
        near="umask",
    ),
    "read only": case(
        base(), changed("app.py", mode=0o100444), "modes", "0644 here, 0444 there", near="umask"
    ),
    "lost x": case(
        base(),
        changed("bootstrap", mode=FILE),
        "executable",
        "not executable there: bootstrap, so Lambda cannot start it",
        "mode 0755 here, 0644 there",
        near="modes umask",
    ),
    "x of a library": case(
        changed("lib/text.txt", mode=RUN), base(), "executable", "not executable there: lib/text.txt"
    ),
    "setuid": case(
        base(),
        changed("bootstrap", mode=0o104755),
        "setuid",
        "special mode bits differ: none here, setuid there: bootstrap",
        near="modes executable",
    ),
    "no file type": case(
        base(), base(mode=0o644), "attributes executable", "modes have a file type here, none there"
    ),
    "folders": case(once, with_folders, "folders", "1 folder has an entry of its own there, none here: lib/"),
    "extra fields": case(
        base(),
        base(extra=unix_times(9) + unix_owner(0, 0), local_extra=unix_times(9)),
        "extra maker",
        "extra fields: none here, Info-ZIP times (UT) and Info-ZIP owner (ux) there (3 entries)",
        "zip -X",
    ),
    "values of extra fields": case(
        base(extra=unix_owner(0, 0)),
        base(extra=unix_owner(1000, 100)),
        "extra",
        "extra fields hold other values: Info-ZIP owner (ux) (3 entries)",
        "app.py, Info-ZIP owner (ux): user 0, group 0 here, user 1000, group 100 there",
    ),
    "times in extra fields": case(
        base(extra=unix_times(0)),
        base(extra=unix_times(86400)),
        "extra",
        "changed 1970-01-01 00:00:00 UTC here, changed 1970-01-02 00:00:00 UTC there",
    ),
    "same extra fields": case(
        base(extra=unix_owner(0, 0)), base(extra=unix_owner(0, 0), comment=b"x"), "comment", near="extra"
    ),
    "host": case(
        base(),
        base(host=DOS),
        "host maker",
        "made on Unix (3) here, MS-DOS (0) there (3 entries)",
        "nothing is executable",
        near="modes",
    ),
    "version needed": case(
        base(),
        base(needed=45),
        "version maker",
        "versions of the format: 2.0 (needs 2.0) here, 2.0 (needs 4.5) there (3 entries)",
        "Lambda has refused zips that claim 4.5 without need",
        near="zip64",
    ),
    "descriptors": case(
        lambda: zipped({"a": b"hello\n", "b": b"world\n"}),
        lambda: zipped({"a": streamed(b"hello\n"), "b": streamed(b"world\n")}),
        "descriptors maker",
        "data descriptors: sizes before it here, sizes after the content there (2 entries)",
        near="header-flags",
    ),
    "effort": case(
        base(),
        base(flags=2),
        "header-flags",
        "flags differ: normal compression here, maximum compression there (3 entries)",
        near="descriptors",
    ),
    "needless UTF-8 flag": case(
        base(),
        base(flags=1 << 11),
        "header-flags maker",
        "no UTF-8 flag here, UTF-8 names there",
        near="encoding",
    ),
    "encoding": case(
        named_raw(0),
        named_raw(1 << 11),
        "encoding",
        "names that are not ASCII are stored in other ways: without a flag here, UTF-8 by its flag there",
        near="added removed header-flags",
    ),
    "text bit": case(
        base(),
        base(internal=1),
        "attributes",
        "internal attributes: none here, marked as text there (3 entries)",
    ),
    "DOS attributes": case(
        base(),
        changed("app.py", dos=0x20),
        "attributes",
        "external attributes: 0x0 here, 0x20 there (1 entry)",
        near="modes",
    ),
    "comment": case(
        once,
        lambda: zipped(BASE, comment=b"built\x1b[2J by me"),
        "comment",
        "the zip's comment: none here",
        r"built\x1b[2J by me",
        near="surplus",
    ),
    "comment of an entry": case(
        base(),
        changed("app.py", comment=b"x"),
        "comment",
        'comments of entries: none here, "x" there (1 entry)',
    ),
    "zip64": case(
        once,
        lambda: zipped(BASE, zip64=True),
        "zip64",
        "the end of the zip: plain here, zip64 there",
        near="version",
    ),
    "surplus": case(
        once,
        lambda: zipped(BASE, prefix=b"#!/usr/bin/python3\n"),
        "surplus",
        "data outside of the entries: none here, 19 bytes before the first entry belong to no entry",
    ),
    "duplicates": case(
        once,
        twice,
        "duplicates",
        "a name comes more than once: app.py: 1 times here, 2 times there",
        near="order file",
    ),
    "unsound": case(
        base(),
        changed("app.py", local_time=5),
        "unsound",
        "the container is not sound: 0 faults here, 1 fault there",
        "'app.py': the local header has another time than the directory",
        near="times",
    ),
    "maker": case(
        base(needed=20),
        base(version=46),
        "maker version",
        "they look like work of different tools: perhaps Python's zipfile here, "
        "perhaps Rust's crate zip (cargo-lambda) there",
    ),
    "same maker": case(base(), base(modified=(2025, 1, 1, 0, 0, 0)), "times", near="maker"),
    "kind": case(link("a"), link(""), "kind", "not of one kind: a link here, a file there: a"),
    "container": case(
        lambda: zipped({"a": streamed(b"hello\n")}),
        lambda: zipped({"a": streamed(b"hello\n", signature=b"")}),
        "container",
        "the zips differ from byte ",
        near="descriptors unsound",
    ),
}
"""By what they show."""
