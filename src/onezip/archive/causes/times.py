"""Times of entries: the files' own, a time zone's, one for all, or none that a calendar has.  [pure]

MS-DOS times are local times without a zone, in steps of two seconds (APPNOTE 4.4.6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.sides import Sides, groups, names_of
from onezip.archive.causes.words import both, counted, escaped
from onezip.archive.manifest import ManifestEntry

Stamp = tuple[int, int, int, int, int, int]

_QUARTER, _HOUR = 15 * 60, 3600
_FARTHEST = 26 * _HOUR  # from UTC-12 to UTC+14
_ROUNDED = 2


def times(sides: Sides) -> Iterator[Cause]:
    """How the times differ, told once for all entries."""
    found = groups(sides.pairs, lambda entry: entry.modified)
    if not found:
        return
    names = list(names_of(found))
    count = _of(len(names), len(sides.pairs))
    one_here, one_there = _one(sides.a.entries), _one(sides.b.entries)
    alike = (one_here is None) == (one_there is None)  # else one side has no files' own times to shift
    zone = _zone(_offsets(found), len(names)) if alike else ""
    if zone:
        one, other, group = found[0]
        detail = f"{escaped(group[0])}: {both(told(one), told(other))}"
        yield cause("differs.time-zone", f"times differ by {zone} ({count})", names, detail)
    elif (one_here or one_there) and len(names) == len(sides.pairs):
        here = told(one_here) if one_here else "the files' own times"
        there = told(one_there) if one_there else "the files' own times"
        yield cause("differs.times", f"times differ: {both(here, there)} ({count})", names)
    else:
        examples = [f"{escaped(group[0])}: {both(told(one), told(other))}" for one, other, group in found[:3]]
        yield cause(
            "differs.times", f"times differ in {count}: those of the files", names, "\n".join(examples)
        )


def told(stamp: Stamp) -> str:
    """A time as it stands there; whether a calendar has it."""
    year, month, day, hour, minute, second = stamp
    text = f"{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
    return text if _moment(stamp) is not None else f"{text} (no valid date)"


def _of(some: int, every: int) -> str:
    return f"all {counted(every, 'entry')}" if some == every > 1 else counted(some, "entry")


def _one(entries: Sequence[ManifestEntry]) -> Stamp | None:
    """The one time of all entries, where there is one."""
    found = {entry.modified for entry in entries}
    return found.pop() if len(found) == 1 else None


def _moment(stamp: Stamp) -> datetime | None:
    try:
        return datetime(*stamp)  # noqa: DTZ001 - a zip knows no time zone
    except ValueError:
        return None


def _offsets(found: Sequence[tuple[Stamp, Stamp, list[str]]]) -> Counter[int] | None:
    """The differences in seconds, or None where one is no time zone's."""
    offsets: Counter[int] = Counter()
    for one, other, names in found:
        here, there = _moment(one), _moment(other)
        if here is None or there is None:
            return None
        seconds = round((there - here).total_seconds())
        zone = round(seconds / _QUARTER) * _QUARTER
        if abs(seconds - zone) > _ROUNDED or not 0 < abs(zone) <= _FARTHEST:
            return None
        offsets[zone] += len(names)
    return offsets


def _zone(offsets: Counter[int] | None, count: int) -> str:
    """One offset, or two an hour apart as summer time makes them; empty where it is neither."""
    if not offsets or len(offsets) > 2 or max(offsets) - min(offsets) not in {0, _HOUR}:
        return ""
    words = " or ".join(_hours(seconds) for seconds in sorted(offsets))
    if len(offsets) == 2:
        return f"{words}, as time zones with summer time make them"
    if abs(next(iter(offsets))) == _HOUR:
        return f"{words}, as summer time or the next time zone makes it"
    if count == 1:
        return ""  # one file may have been touched some hours later
    return f"{words}, as another time zone makes it"


def _hours(seconds: int) -> str:
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours}:{minutes:02} hours"
