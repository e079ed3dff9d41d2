"""What requirements leave open: words about a build that works all the same.  [pure]"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from onezip.builder.languages.python_target import target
from onezip.builder.languages.python_wheels import PREFIX
from onezip.errors import Diagnostic, Severity
from onezip.model.build import Component
from onezip.model.function import Function
from onezip.model.place import Place


def open_ends(
    function: Function, details: Mapping[str, str], components: Sequence[Component]
) -> tuple[Diagnostic, ...]:
    """Warnings from the details of `languages.python.facts`, and the components of a harvest or a record."""
    return (
        *_unpinned(function, details, components),
        *_from_source(details, components),
        *(
            Diagnostic(code, Severity.WARNING, message, Place(details["requirements"]), hint)
            for code, message, hint in json.loads(details["notes"])
        ),
        *(
            Diagnostic(
                "python.requirements",
                Severity.WARNING,
                f"${{{name}}} is used here, but a build does not get it",
                _place(place),
                f'add pass_env = ["{name}"] to the function',
            )
            for name, place in json.loads(details["variables"]).items()
            if name not in function.pass_env
        ),
        *(
            Diagnostic(
                "python.requirements",
                Severity.WARNING,
                f"--trusted-host {host} is not followed: certificates are always checked",
                _place(place),
                "set SSL_CERT_FILE to the host's certificate, or UV_INSECURE_HOST if it must be",
            )
            for host, place in json.loads(details["untrusted"]).items()
        ),
    )


def _from_source(details: Mapping[str, str], components: Sequence[Component]) -> list[Diagnostic]:
    """Distributions that were allowed to be built, and are in the zip."""
    brought = {c.name.removeprefix(PREFIX) for c in components if c.name.startswith(PREFIX)}
    built = [name for name in json.loads(details["sdists"]) if name in brought]
    if not built:
        return []
    return [
        Diagnostic(
            "python.sdist",
            Severity.WARNING,
            f"{_some(built)} came as source and was built here: the bytes depend on the build",
            Place(details["requirements"]),
            "build its wheel once, put it into a folder, and add --find-links FOLDER",
        )
    ]


def _unpinned(
    function: Function, details: Mapping[str, str], components: Sequence[Component]
) -> list[Diagnostic]:
    on = target(function)
    every = json.loads(details["loose"])
    loose = [(text, place) for _, text, place, marker in every if on.applies(marker)]
    named = {*json.loads(details["pinned"]), *(name for name, *_ in every)}
    brought = [c.name.removeprefix(PREFIX) for c in components if c.name.startswith(PREFIX)]
    extra = [name for name in brought if name not in named and not details["fixed"]]
    if not loose and not extra:
        return []
    said = []
    if loose:
        said.append(f"{_some([text for text, _ in loose])} without an exact version")
    if extra:
        said.append(f"{_some(extra)} brought along by others")
    return [
        Diagnostic(
            "python.unpinned",
            Severity.WARNING,
            f"{' and '.join(said)}: a build on another day may differ",
            _place(loose[0][1]) if loose else Place(details["requirements"]),
            "`onezip lock` pins them in a file to commit",
        )
    ]


def _some(names: Sequence[str]) -> str:
    if len(names) <= 4:
        return ", ".join(names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"


def _place(text: str) -> Place:
    file, _, line = text.rpartition(":")
    return Place(file, int(line)) if line.isdigit() else Place(text)
