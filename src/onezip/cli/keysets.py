"""`--jwks`: whose signatures count, where the description does not say it or this machine is offline."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from onezip.errors import UsageError
from onezip.model.front import Authorizer, AuthorizerKind, Front

_KINDS = frozenset({AuthorizerKind.JWT, AuthorizerKind.COGNITO})
_NAMED = re.compile(r"(?P<name>[^=/\\:]+)=(?P<place>.+)")


def with_keys(fronts: Mapping[str, Sequence[Front]], said: Sequence[str]) -> dict[str, tuple[Front, ...]]:
    """The fronts with the keys that the command line gives. said are `NAME=PLACE` or `PLACE`.

    Raises UsageError for a name that no authorizer of tokens has, and a place that holds no keys.
    """
    there = {
        each.name for many in fronts.values() for front in many for each in front.authorizers if _fits(each)
    }
    places: dict[str | None, str] = {}
    for text in said:
        named = _NAMED.fullmatch(text)
        name, place = (named["name"], named["place"]) if named else (None, text)
        if name is not None and name not in there:
            hint = f"there are: {', '.join(sorted(there))}" if there else "the fronts have none"
            raise UsageError(
                "usage.command", f"--jwks {text}: no JWT or Cognito authorizer {name!r}", hint=hint
            )
        places[name] = _checked(place)

    def known(authorizer: Authorizer) -> Authorizer:
        place = places.get(authorizer.name, places.get(None))
        return replace(authorizer, jwks=place) if place and _fits(authorizer) else authorizer

    return {
        function: tuple(
            replace(front, authorizers=tuple(known(each) for each in front.authorizers)) for front in many
        )
        for function, many in fronts.items()
    }


def _fits(authorizer: Authorizer) -> bool:
    return authorizer.kind in _KINDS


def _checked(place: str) -> str:
    """A place of keys; a file by its absolute path, as it is meant from here."""
    from onezip.emulator.front.keys import allowed

    if "://" in place:
        if not allowed(place):
            raise UsageError("usage.command", f"--jwks {place} is neither https nor on this machine")
        return place
    if not os.path.isfile(place):
        raise UsageError("usage.command", f"--jwks {place}: there is no such file")
    return os.path.abspath(place)
