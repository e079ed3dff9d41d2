"""Looks at installed wheels: do they run on Lambda, and what are they.  [pure]

What an installer says is not believed: the tags in each `*.dist-info/WHEEL` are read back (PEP 427), and the
names of extension modules are compared with the interpreter (PEP 3149).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onezip.builder.languages.base import Harvest, Staged
from onezip.builder.languages.python_target import Target
from onezip.errors import Diagnostic, Severity
from onezip.model.build import Component

NORMALISED = (
    "/.lock",
    "/bin/",
    "/*.pth",
    "__pycache__/",
    ".DS_Store",
    *(
        f"/*.dist-info/{name}"
        for name in (
            "RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED",
            "direct_url.json", "uv_cache.json", "uv_build.json",
        )
    ),
)  # fmt: skip
"""What an installer adds for this machine alone. Metadata, entry points and licences stay: programs on Lambda
and scanners read them (importlib.metadata, Amazon Inspector)."""

PREFIX = "dependencies/"
"""The names of the components that stand for one distribution each begin so."""

_EXTENSION = re.compile(r"(?P<stem>.+?)\.(?P<tag>cpython-[^.]+|cp\d[^.]*|pypy[^.]+|abi3t?)\.so$")
_TRIPLET = re.compile(r"cpython-(?P<version>\d+t?)(?:-(?P<system>.+))?$")
_IDLE = re.compile(r"^(tests?|docs?|examples?|benchmarks?|samples?)/|^[^/]+(?<!\.py)(?<!\.so)(?<!\.pyd)$")


@dataclass(frozen=True, slots=True)
class Installed:
    """One distribution below the staged folder: its `.dist-info` folder, name, version and wheel tags."""

    folder: str
    name: str
    version: str
    tags: tuple[str, ...]


def look(staged: Staged, target: Target) -> Harvest:
    """What was installed, what of it stays out, and whether it runs on target."""
    found = list(installed(staged))
    clashes, idle = _clashes(found, staged)
    editable = [name for name in staged.names if name.startswith("__editable__")]
    return Harvest(
        exclude=(*_compiled(staged.names), *idle),
        components=_components(found, target),
        diagnostics=(
            *_editable(editable),
            *_unfit(found, target),
            *_extensions(staged.names, target),
            *clashes,
        ),
    )


def _editable(names: Sequence[str]) -> Iterator[Diagnostic]:
    """An editable installation leads to a folder of this machine, which is not on Lambda."""
    if names:
        yield Diagnostic(
            "python.wheel",
            Severity.ERROR,
            f"{names[0]} leads to a folder of this machine",
            hint="its build made an editable wheel: correct the build",
        )


def installed(staged: Staged) -> Iterator[Installed]:
    """Every distribution, in the order of the folders' names."""
    names = set(staged.names)
    tops = {name.partition("/")[0] for name in names}
    folders = sorted(top for top in tops if top.endswith(".dist-info"))
    for folder in folders:
        name, _, version = folder.removesuffix(".dist-info").partition("-")
        tags: tuple[str, ...] = ()
        if f"{folder}/METADATA" in names:
            headers = _headers(staged.read(f"{folder}/METADATA"))
            name = next(iter(headers.get("name", ())), name)
            version = next(iter(headers.get("version", ())), version)
        if f"{folder}/WHEEL" in names:
            tags = tuple(sorted(_headers(staged.read(f"{folder}/WHEEL")).get("tag", ())))
        yield Installed(folder, re.sub(r"[-_.]+", "-", name).lower(), version, tags)


def _headers(data: bytes) -> dict[str, list[str]]:
    """The headers before the first empty line, names in lower case; continuation lines are left out."""
    headers: dict[str, list[str]] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        if not line.strip():
            break
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    return headers


def _components(found: Sequence[Installed], target: Target) -> tuple[Component, ...]:
    """One for all, which changes with any name, version or tag, and one for each distribution."""
    if not found:
        return ()
    lines = {each.name: f"{each.name}=={each.version} {','.join(each.tags)}" for each in found}
    ordered = sorted(lines.items())
    count = f"{len(ordered)} package{'' if len(ordered) == 1 else 's'}"
    whole = Component("dependencies", _digest("\n".join(line for _, line in ordered)), count)
    fitting = target.tags()
    details = {}
    for each in found:
        best = [tag for tag in each.tags if tag in fitting] or list(each.tags)
        details[each.name] = " ".join((each.version, *best[-1:]))
    return (whole, *(Component(PREFIX + name, _digest(line), details[name]) for name, line in ordered))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _unfit(found: Sequence[Installed], target: Target) -> Iterator[Diagnostic]:
    from packaging.tags import parse_tag

    fitting, unproven = target.tags(), target.unproven()
    for each in found:
        tags = {str(tag) for line in each.tags if line.count("-") == 2 for tag in parse_tag(line)}
        if tags & fitting:
            continue
        label = f"{each.name} {each.version}"
        where = f"python{target.short} on {target.machine} with glibc {target.glibc[0]}.{target.glibc[1]}"
        if tags & unproven:
            yield Diagnostic(
                "python.wheel",
                Severity.WARNING,
                f"{label} was built for some Linux ({', '.join(each.tags)}); it may not run on Lambda",
                hint="build it in a manylinux image and mend its tag with auditwheel",
            )
        elif not tags:
            yield Diagnostic("python.wheel", Severity.ERROR, f"{label} does not say what its wheel is for")
        else:
            yield Diagnostic(
                "python.wheel",
                Severity.ERROR,
                f"{label} was installed for {', '.join(each.tags)}; Lambda has {where}",
                hint="the index offers this wheel under a wrong name: choose another version of it",
            )


def _extensions(names: Sequence[str], target: Target) -> Iterator[Diagnostic]:
    variants: dict[str, list[tuple[str, str]]] = {}
    plain = set()
    for name in names:
        if name.endswith(".so"):
            if match := _EXTENSION.match(name):
                variants.setdefault(match["stem"], []).append((match["tag"], name))
            else:
                plain.add(name.removesuffix(".so"))
    unfit = [
        name
        for stem, tagged in sorted(variants.items())
        if stem not in plain and not any(_loads(tag, target) for tag, _ in tagged)
        for _, name in tagged[:1]
    ]
    if unfit:
        more = f" and {len(unfit) - 3} more" if len(unfit) > 3 else ""
        yield Diagnostic(
            "python.wheel",
            Severity.WARNING,
            f"python{target.short} on {target.machine} cannot load {', '.join(unfit[:3])}{more}",
            hint="another version of the package may have a wheel for this runtime",
        )


def _loads(tag: str, target: Target) -> bool:
    if tag == "abi3":
        return True
    match = _TRIPLET.match(tag)
    if match is None:
        return False
    version = f"{target.python[0]}{target.python[1]}"
    return match["version"] == version and match["system"] in {None, f"{target.machine}-linux-gnu"}


def _compiled(names: Sequence[str]) -> Iterator[str]:
    """Bytecode that has its source beside it; without one it is the module itself, and stays."""
    known = set(names)
    for name in names:
        if name.endswith((".pyc", ".pyo")) and "__pycache__/" not in name and name[:-1] in known:
            yield escaped(name)


def _clashes(found: Sequence[Installed], staged: Staged) -> tuple[list[Diagnostic], list[str]]:
    """Files that two distributions bring with different content: which one stays is chance.

    Tests and notes at the root are left out instead. RECORD is the list that the wheel came with (PEP 376).
    """
    owners: dict[str, tuple[str, Installed]] = {}
    pairs: dict[tuple[str, str], list[str]] = {}
    idle: list[str] = []
    names = set(staged.names)
    for each in found:
        if len(found) < 2 or f"{each.folder}/RECORD" not in names:
            continue
        for path, content in _record(staged.read(f"{each.folder}/RECORD")):
            if path.startswith((each.folder, "bin/", "../")) or path.endswith(".pyc") or not content:
                continue
            first = owners.setdefault(path, (content, each))
            if first[0] == content:
                continue
            if _IDLE.search(path):
                idle.append(escaped(path))
            else:
                pairs.setdefault((first[1].name, each.name), []).append(path)
    return [_clash(*pair, paths) for pair, paths in sorted(pairs.items())], idle


def _clash(one: str, other: str, paths: Sequence[str]) -> Diagnostic:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return Diagnostic(
        "python.conflict",
        Severity.WARNING,
        f"{one} and {other} both bring {paths[0]}{more}, and not the same: which one stays is chance,"
        " and two builds may differ",
        hint="keep one of the two packages",
    )


def _record(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.decode("utf-8", "replace").splitlines():
        path, _, rest = line.rpartition(",")[0].rpartition(",")
        yield path.strip('"').replace("\\", "/"), rest


def escaped(name: str) -> str:
    """A gitignore line for just this name."""
    return "/" + re.sub(r"([*?\[\]!#\\ ])", r"\\\1", name)
