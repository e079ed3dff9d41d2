"""Rules about the container: what the reader found odd in the zip, and what Lambda makes of it.  [pure]

PKWARE's APPNOTE.TXT has the format; InvalidParameterValueException is what CreateFunction and
UpdateFunctionCode answer to a zip that they cannot unpack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from onezip.archive.anomalies import ANOMALIES
from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted, several
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity

_AGAIN = "Make the zip again, with onezip or another sound tool."
_RENAME = "Rename the file, and make the zip again."


class _Row(NamedTuple):
    severity: Severity
    prevents: str
    fix: str
    docs: str = ""


def _error(fix: str = _AGAIN, docs: str = "") -> _Row:
    return _Row(Severity.ERROR, words.UNZIP, fix, docs)


def _warning(fix: str = _AGAIN, docs: str = "") -> _Row:
    return _Row(Severity.WARNING, words.UNZIP, fix, docs)


_ROWS: dict[str, _Row] = {
    "zip.ambiguous-end": _error(),
    "zip.count": _error(),
    "zip.directory": _warning(),
    "zip.disk": _error(),
    "zip.truncated": _error("The zip is cut off: make it again, or copy it again."),
    "zip.zip64-malformed": _error(),
    "zip.zip64-needless": _warning(
        "Make it with a tool that writes version 2.0 where nothing more is needed: onezip does.",
        "Zips that claim version 4.5 of the format, or have zip64 fields, although nothing in them is that"
        " large, are refused by the Lambda service at times (anomalyco/sst#6660).",
    ),
    "zip.prefix": _warning("Cut off what stands before the zip: a self-extractor, a #! line."),
    "zip.gap": _warning("Make the zip anew instead of updating it in place."),
    "zip.trailing": _warning("Make the zip without a comment, and put nothing behind it."),
    "zip.overlap": _error(),
    "zip.bomb": _Row(
        Severity.ERROR, words.UNZIPPED_SIZE, "Look at what is in it before anything else unpacks it."
    ),
    "zip.signature": _error(),
    "zip.local-differs": _error(
        docs="The local header and the directory tell different things of an entry, so readers differ in what"
        " they unpack. Only another time, version or flag is a warning.",
    ),
    "zip.descriptor": _error(),
    "zip.encrypted": _error("Make the zip without a password: Lambda cannot unpack it."),
    "zip.flags": _warning(),
    "zip.method": _error("Pack with deflate, or store: Lambda knows nothing else."),
    "zip.version": _error(),
    "zip.extra": _warning(),
    "zip.kind": _error(),
    "zip.name": _error(_RENAME),
    "zip.encoding": _warning("Make it with a tool that writes names as UTF-8 and says so."),
    "zip.unicode-path": _error(),
    "zip.duplicate": _error("Make the zip anew instead of adding to it, so that each name comes once."),
    "zip.collision": _Row(
        Severity.WARNING,
        "",
        _RENAME,
        "Names that differ in case or Unicode form only are two files on Lambda, one on macOS and Windows.",
    ),
    "zip.size-lies": _error(),
    "zip.crc": _error("The content is damaged: make the zip again, or copy it again."),
    "zip.stream": _error("The content is damaged: make the zip again, or copy it again."),
}

# Where the headers differ in these only, all readers unpack the same.
_SMALL = (
    "another time than the directory",
    "another version needed than the directory",
    "another flags than the directory",
)


def _finder(code: str) -> Callable[[Subject], Iterator[Finding]]:
    row = _ROWS[code]

    def find(subject: Subject) -> Iterator[Finding]:
        for anomaly in subject.manifest.anomalies:
            if anomaly.code == code:
                light = code == "zip.local-differs" and anomaly.message.endswith(_SMALL)
                comment = code == "zip.trailing" and anomaly.message.startswith("a comment")
                severity = Severity.NOTE if comment else Severity.WARNING if light else row.severity
                prevents = "" if comment or light else row.prevents
                yield Finding(_code(code), severity, anomaly.message, anomaly.entry, prevents, row.fix)

    find.__doc__ = f"{ANOMALIES[code]}. APPNOTE.TXT."
    return find


def _code(anomaly: str) -> str:
    return f"check.{anomaly.replace('.', '-', 1)}"


def unread(subject: Subject) -> Iterator[Finding]:
    """Entries that cannot be unpacked, and are not told by the reader already."""
    told = {anomaly.entry for anomaly in subject.manifest.anomalies}
    for name, why in subject.survey.unread:
        if name not in told:
            yield Finding(
                "check.zip-unread",
                Severity.ERROR,
                f"{quoted(name)} cannot be unpacked: {why}",
                name,
                words.UNZIP,
                _AGAIN,
            )
    if subject.survey.skipped:
        yield Finding(
            "check.zip-unread",
            Severity.WARNING,
            f"{subject.survey.skipped:,} files are not looked at, or only in part: the zip has too much",
            fix="Look at what is in it: no function needs so much.",
        )


def made_by(subject: Subject) -> Iterator[Finding]:
    """Entries "made by" version 4.5, zip64's, without zip64: the service refuses such zips at times."""
    names = [entry.name for entry in subject.manifest.entries if entry.made_by[1] == 45 and not entry.zip64]
    if names:
        yield Finding(
            "check.zip-made-by",
            Severity.WARNING,
            f"{len(names):,} entries say that they were made by version 4.5 of the format, zip64's, and have"
            f" no zip64: {several(names)}",
            names[0],
            words.UNZIP,
            "Make it with a tool that writes version 2.0 where nothing more is needed: onezip does.",
        )


def descriptors(subject: Subject) -> Iterator[Finding]:
    """Sizes that follow the content instead of standing before it: readers of streams may refuse them."""
    streamed = [entry for entry in subject.manifest.entries if entry.descriptor]
    stored = [entry.name for entry in streamed if entry.method_number == 0 and entry.size]
    if stored:
        yield Finding(
            "check.zip-descriptors",
            Severity.WARNING,
            f"{len(stored):,} stored entries have their sizes behind their content, where streaming readers"
            f" cannot find them: {several(stored)}",
            stored[0],
            "java.util.zip.ZipException: only DEFLATED entries can have EXT descriptor",
            "Make the zip into a file, not into a pipe.",
        )
    elif streamed:
        yield Finding(
            "check.zip-descriptors",
            Severity.NOTE,
            f"{len(streamed):,} entries have their sizes behind their content (data descriptors), as zips"
            " that were written as a stream",
            streamed[0].name,
            fix="Nothing needs to be done; zips made into a file do without.",
        )


RULES = (
    *(
        Rule(
            _code(code),
            row.severity,
            _finder(code),
            row.docs or f"{ANOMALIES[code][0].upper()}{ANOMALIES[code][1:]}.",
        )
        for code, row in _ROWS.items()
    ),
    Rule(
        "check.zip-unread",
        Severity.ERROR,
        unread,
        "An entry that cannot be unpacked stops the whole zip. A warning tells how many files were not"
        " looked at, where a zip holds more than is read: then the absence of findings proves nothing.",
    ),
    Rule(
        "check.zip-made-by",
        Severity.WARNING,
        made_by,
        "Zips whose entries claim to be made by version 4.5 (zip64) without using it are refused by the"
        " Lambda service at times (anomalyco/sst#6660). The Node package archiver writes them.",
    ),
    Rule(
        "check.zip-descriptors",
        Severity.NOTE,
        descriptors,
        "Zips written as a stream have sizes behind the content (data descriptors). Lambda takes them;"
        " readers of streams refuse stored entries of that kind, hence a warning for those.",
    ),
)
