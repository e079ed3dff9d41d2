"""Which function of the template an expression means: by the names in it, not by its value.

An integration's `uri`, an authorizer's ARN: only a deployment knows their values, and every way to write them
names the function's logical id, or its name in AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from onezip.config.template.resolver import Resolver
from onezip.config.template.scalar import text_of
from onezip.model.project import Unresolved

_SUB = re.compile(r"\$\{([^{}!]*)\}")
_ARN = re.compile(r":function:([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of one template that are ours. known holds the name in AWS by logical id, None where it
    has none that is known; prefix stands before their names in the project.
    """

    resolver: Resolver
    known: Mapping[str, str | None]
    prefix: str = ""

    def of(self, node: Any) -> str | None:
        """The name of the one function that an expression means; None for none of ours, or several."""
        found = {name for name in named(node, self.resolver) if name in self.known}
        if not found:
            by_name = {name: logical for logical, name in self.known.items() if name}
            arns = {match[1] for text in _texts(node, self.resolver) for match in _ARN.finditer(text)}
            found = {by_name.get(name, name) for name in arns} & self.known.keys()
        return f"{self.prefix}{found.pop()}" if len(found) == 1 else None

    def logical(self, function: str) -> str:
        """The logical id of a function by its name in the project."""
        return function.removeprefix(self.prefix)


def branch(node: Any, resolver: Resolver) -> Any:
    """A node, or the branch of an `Fn::If` that holds; None where a property is not there."""
    while isinstance(node, dict) and len(node) == 1:
        match node:
            case {"Fn::If": [str() as condition, yes, no]}:
                truth = resolver.condition(condition)
                if isinstance(truth, Unresolved):
                    return node
                node = yes if truth else no
            case {"Ref": "AWS::NoValue"}:
                return None
            case _:
                return node
    return node


def named(node: Any, resolver: Resolver) -> Iterator[str]:
    """The logical ids that an expression refers to: `!GetAtt F.Arn`, `!Ref F`, `${F.Arn}`, `!Ref F.Alias`."""
    match node:
        case {"Fn::GetAtt": [str() as name, *_]} | {"Ref": str() as name} | {"Fn::GetAtt": str() as name}:
            yield name.partition(".")[0]
        case {"Fn::Sub": str() as text}:
            yield from _variables(text)
        case {"Fn::Sub": [str() as text, dict() as own]}:
            for name in _variables(text):
                if name in own:
                    yield from named(own[name], resolver)
                else:
                    yield name
        case {"Fn::If": [str() as condition, yes, no]}:
            truth = resolver.condition(condition)
            for branch in (yes, no) if isinstance(truth, Unresolved) else (yes if truth else no,):
                yield from named(branch, resolver)
        case dict():
            for inner in node.values():
                yield from named(inner, resolver)
        case list():
            for inner in node:
                yield from named(inner, resolver)
        case _:
            pass


def _variables(text: str) -> Iterator[str]:
    for match in _SUB.finditer(text):
        yield match[1].strip().partition(".")[0]


def _texts(node: Any, resolver: Resolver) -> Iterator[str]:
    """The texts in an expression, with what is known put in."""
    match node:
        case str():
            yield _SUB.sub(lambda match: _parameter(match, resolver), node)
        case dict():
            whole = resolver.resolve(node)
            if isinstance(whole, str):
                yield whole
                return
            for inner in node.values():
                yield from _texts(inner, resolver)
        case list():
            for inner in node:
                yield from _texts(inner, resolver)
        case _:
            pass


def _parameter(match: re.Match[str], resolver: Resolver) -> str:
    return text_of(resolver.parameters.get(match[1].strip())) or match[0]
