"""Go programs: what their build info tells apart (`go version -m`).  [pure]"""

from __future__ import annotations

import re
from collections.abc import Iterator

from onezip.archive.causes.change import Change, Note
from onezip.archive.causes.words import both, escaped, listed
from onezip.archive.elfparts import parts
from onezip.archive.goinfo import GoInfo, read_go

_MOST_LINES = 12
_VCS = ("vcs", "vcs.revision", "vcs.time", "vcs.modified")
_ARCHITECTURE = ("GOARCH", "GOOS")
# With -ldflags left out of the build info by -trimpath (go/src/cmd/go/internal/load/pkg.go).
_CGO = {"CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS"}
_SOURCE = re.compile(rb"\0(/[^\0]{1,300}\.go)\0|\0([A-Za-z]:[\\/][^\0]{1,300}\.go)\0")
_MOST_SOURCES = 20_000
_GOROOT = re.compile(r"/(?:src/(?:runtime|internal|fmt|os|errors|sync|unicode)/|pkg/mod/)")


def golang(change: Change) -> Iterator[Note]:
    """Why two Go programs differ, as far as they know themselves."""
    a, b = read_go(change.a), read_go(change.b)
    if a is None or b is None:
        return
    notes = [
        *_version(a, b), *_architecture(a, b), *_modules(a, b), *_vcs(a, b), *_trimpath(change, a, b),
        *_settings(a, b), *_unrecorded(change, a, b),
    ]  # fmt: skip
    yield from notes or _code(a, b)


def _version(a: GoInfo, b: GoInfo) -> Iterator[Note]:
    if a.version != b.version:
        yield Note(
            "differs.toolchain", f"built by other Go versions: {both(escaped(a.version), escaped(b.version))}"
        )


def _architecture(a: GoInfo, b: GoInfo) -> Iterator[Note]:
    for key in _ARCHITECTURE:
        one, other = a.settings.get(key, ""), b.settings.get(key, "")
        if one != other:
            yield Note(
                "differs.architecture", f"built for another {key}: {both(escaped(one), escaped(other))}"
            )


def _modules(a: GoInfo, b: GoInfo) -> Iterator[Note]:
    """Modules of other versions; the main module's version is the commit, which `_vcs` tells."""
    found = []
    for path in sorted(a.modules.keys() | b.modules.keys()):
        one, other = a.modules.get(path), b.modules.get(path)
        if one == other or (path in {a.main, b.main} and _vcs_differ(a, b)):
            continue
        words = both(
            *("not there" if version is None else _module_version(version) for version in (one, other))
        )
        found.append(f"{escaped(path)} {words}")
    if found:
        words = listed(found, 2)
        more = "\n".join([*found[:_MOST_LINES], "..."] if len(found) > _MOST_LINES else found)
        yield Note(
            "differs.go-module", f"built from other module versions: {words}", more if len(found) > 1 else ""
        )


def _module_version(version: str) -> str:
    return escaped(version) or "(devel)"


def _vcs_differ(a: GoInfo, b: GoInfo) -> bool:
    return any(a.settings.get(key) != b.settings.get(key) for key in _VCS)


def _vcs(a: GoInfo, b: GoInfo) -> Iterator[Note]:
    """The stamp of the version control: -buildvcs."""
    if not _vcs_differ(a, b):
        return
    stamped = ["vcs" in info.settings or "vcs.revision" in info.settings for info in (a, b)]
    if stamped[0] != stamped[1]:
        words = f"a VCS stamp only {'here' if stamped[0] else 'there'}"
    else:
        words = f"the VCS stamp differs: {both(_stamp(a), _stamp(b))}"
    lines = [
        f"{key}: {both(*(escaped(info.settings.get(key, 'none')) for info in (a, b)))}"
        for key in _VCS
        if a.settings.get(key) != b.settings.get(key)
    ]
    yield Note("differs.go-vcs", words, "\n".join(lines))


def _stamp(info: GoInfo) -> str:
    dirty = " with changes" if info.settings.get("vcs.modified") == "true" else ""
    return escaped(info.settings.get("vcs.revision", "no commit")[:12]) + dirty


def _trimpath(change: Change, a: GoInfo, b: GoInfo) -> Iterator[Note]:
    """-trimpath on one side only, or on neither: then the folder of the build stands in the program."""
    trimmed = [info.settings.get("-trimpath") == "true" for info in (a, b)]
    if all(trimmed):
        return
    here, there = (_sources(data) for data in (change.a, change.b))
    one, other = sorted(here - there), sorted(there - here)
    folders = both(*(escaped(_folder(paths)) for paths in (one, other)))
    if trimmed[0] != trimmed[1]:
        words = f"built with -trimpath only {'here' if trimmed[0] else 'there'}"
        yield Note("differs.go-trimpath", words, f"paths of source files: {folders}" if one or other else "")
    elif one and other:
        yield Note("differs.go-trimpath", f"built without -trimpath in other folders: {folders}")


def _sources(data: bytes) -> set[str]:
    """The absolute paths of source files in Go's line table."""
    found: set[str] = set()
    for match in _SOURCE.finditer(data):
        found.add((match[1] or match[2]).decode("utf-8", "backslashreplace"))
        if len(found) == _MOST_SOURCES:
            break
    return found


def _folder(paths: list[str]) -> str:
    """A folder of the program's own source, rather than one of Go's or of a module."""
    own = next((path for path in paths if not _GOROOT.search(path)), next(iter(paths), ""))
    return own.replace("\\", "/").rpartition("/")[0] or "none"


def _settings(a: GoInfo, b: GoInfo) -> Iterator[Note]:
    """The other settings: tags, flags, cgo, the level of the architecture."""
    told = {*_VCS, *_ARCHITECTURE, "-trimpath"}
    if a.settings.get("GOARCH") != b.settings.get("GOARCH"):
        told |= {"GOAMD64", "GOARM64"}
    if a.version != b.version:
        told |= {"DefaultGODEBUG"}
    if a.settings.get("-trimpath") != b.settings.get("-trimpath"):
        told |= {"-ldflags", *_CGO}
    if a.settings.get("CGO_ENABLED") != b.settings.get("CGO_ENABLED"):
        told |= _CGO
    for key in sorted((a.settings.keys() | b.settings.keys()) - told):
        one, other = a.settings.get(key, ""), b.settings.get(key, "")
        if one != other:
            words = both(escaped(one) or "not set", escaped(other) or "not set")
            yield Note("differs.go-setting", f"built with another {escaped(key)}: {words}")
    if a.path != b.path:
        words = both(escaped(a.path), escaped(b.path))
        yield Note("differs.go-setting", f"another main package: {words}")


def _unrecorded(change: Change, a: GoInfo, b: GoInfo) -> Iterator[Note]:
    """What -ldflags leave in the program though the build info has not got them."""
    one, other = (_has_symbols(data) for data in (change.a, change.b))
    if one != other:
        where = "here" if one else "there"
        yield Note("differs.go-setting", f"symbols and debug information only {where} (-ldflags=-s)")
    if bool(a.build_id) != bool(b.build_id):
        where = "here" if a.build_id else "there"
        yield Note("differs.go-setting", f"Go's build id only {where} (-ldflags=-buildid=)")


def _has_symbols(data: bytes) -> bool:
    found = parts(data)
    return found is not None and found.section(".symtab") is not None


def _code(a: GoInfo, b: GoInfo) -> Iterator[Note]:
    """The same build info: only the code, or what is not recorded, can differ.

    A build id is ACTION(binary)/ACTION(main)/CONTENT(main)/CONTENT(binary): where the middle is equal, the
    main package is (go/src/cmd/go/internal/work/buildid.go).
    """
    one, other = a.build_id.split("/"), b.build_id.split("/")
    ids = (
        "" if a.build_id == b.build_id else f"Go's build id: {both(escaped(a.build_id), escaped(b.build_id))}"
    )
    if ids and len(one) == len(other) == 4 and one[1:3] == other[1:3]:
        words = "built alike from the same main package, with other -ldflags or other packages"
    elif ids and len(one) == len(other) == 4:
        words = "built alike from a main package with other source"
    else:
        words = "built alike from other source, or with other -ldflags"
    yield Note("differs.go-code", words, ids)
