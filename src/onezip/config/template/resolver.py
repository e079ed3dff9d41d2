"""Nodes of a template -> values: Known where parameters, mappings and conditions allow, else Unresolved.

Conditions have three values: true, false and not known here. Nothing is guessed, and nothing is an error
before somebody needs the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from onezip.config.template.intrinsics import (
    DEPLOYED,
    PURE,
    Unknown,
    arguments,
    expression,
    first_unresolved,
    is_intrinsic,
    items,
    short,
    text,
)
from onezip.config.template.loops import DEEPEST, MOST, is_loop, loop, replace
from onezip.config.template.read import Document
from onezip.config.template.scalar import Word
from onezip.model.project import Known, Unresolved, Value


class _NoValue:
    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE = _NoValue()
"""`!Ref AWS::NoValue`: the property is not there."""

_DYNAMIC = "{{resolve:"
_SUB = re.compile(r"\$\{([^{}]*)\}")


class Resolver:
    """Resolves the nodes of one template. parameters are settled values (`parameters.settle`)."""

    def __init__(self, document: Document, parameters: Mapping[str, Any]) -> None:
        self.parameters = parameters
        self._mappings = document.section("Mappings")
        self._resources = document.section("Resources")
        self._truths: dict[str, bool | Unresolved] = {}
        self._trail: set[str] = set()
        self._conditions: dict[str, Any] = {}
        for key, value in document.section("Conditions").items():
            try:
                self._conditions |= dict(self.expand(key, value)) if is_loop(key) else {key: value}
            except Unknown:
                continue  # whoever asks for one of its conditions is told that there is no such

    def value(self, node: Any) -> Value | None:
        """The value of a node as a whole: unresolved if any part is. None where there is none."""
        found = self.resolve(node)
        if found is NO_VALUE or found is None:
            return None
        unknown = first_unresolved(found)
        if unknown is None:
            return Known(found)
        return Unresolved(expression(node), unknown.reason)

    def resolve(self, node: Any) -> Any:
        """A node with every function computed; Unresolved or NO_VALUE stand where there is no value."""
        match node:
            case str():
                if _DYNAMIC in node:
                    return Unresolved(expression(node), "a dynamic reference is read when deployed")
                return node
            case dict() if is_intrinsic(node) and not is_loop(next(iter(node))):
                return self._call(node)
            case dict():
                return self._table(node)
            case list():
                return [found for item in node if (found := self.resolve(item)) is not NO_VALUE]
            case _:
                return node

    def expand(self, key: str, value: Any, depth: int = 1) -> Iterator[tuple[Word, Any]]:
        """The keys and nodes that a loop stands for. Raises Unknown with the reason where it is not known."""
        if depth > DEEPEST:
            raise Unknown(f"more than {DEEPEST} loops in one another")
        parts = loop(key, value)
        if parts.identifier in self.parameters:
            raise Unknown(f"its identifier {parts.identifier} is a parameter too")
        count = 0
        for item in items(self.resolve(parts.collection)):
            copy = replace(parts.body, parts.identifier, text(item))
            for name, body in copy.items():
                inner = self.expand(name, body, depth + 1) if is_loop(name) else [(name, body)]
                for pair in inner:
                    count += 1
                    if count > MOST:
                        raise Unknown(f"more than {MOST} copies")
                    yield pair

    def condition(self, name: str) -> bool | Unresolved:
        """Whether a condition holds. Conditions it builds on are settled first, without recursion."""
        if name in self._truths:
            return self._truths[name]
        if name in self._trail:
            return _circle(name)
        waiting = [name]
        while waiting:
            current = waiting[-1]
            self._trail.add(current)
            body = self._conditions.get(current)
            missing = [other for other in _conditions_in(body) if other not in self._truths]
            if missing and not self._trail.intersection(missing):
                waiting.append(missing[0])
                continue
            self._truths[current] = _circle(current) if missing else self._truth(current, body)
            self._trail.discard(waiting.pop())
        return self._truths[name]

    def _truth(self, name: str, body: Any) -> bool | Unresolved:
        if body is None:
            return Unresolved(f"!Condition {name}", f"there is no condition {name}")
        found = self.resolve(body)
        if isinstance(found, bool | Unresolved):
            return found
        return Unresolved(f"!Condition {name}", f"{expression(body)} is not a condition")

    def _table(self, table: Mapping[Any, Any]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, node in table.items():
            pairs = [(key, node)]
            if is_loop(key):
                try:
                    pairs = list(self.expand(key, node))
                except Unknown as error:
                    found[key] = Unresolved(key, str(error))
                    continue
            for name, inner in pairs:
                value = self.resolve(inner)
                if value is not NO_VALUE:
                    found[name] = value
        return found

    def _call(self, node: Mapping[str, Any]) -> Any:
        ((name, argument),) = node.items()
        try:
            return self._compute(name, argument)
        except Unknown as error:
            return Unresolved(expression(node), str(error))

    def _compute(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._ref(text(self.resolve(argument)))
            case "Condition":
                return self.condition(text(argument))
            case "Fn::If":
                return self._if(argument)
            case "Fn::Sub":
                return self._sub(argument)
            case "Fn::FindInMap":
                return self._find_in_map(argument)
            case _ if name in PURE:
                return PURE[name](self.resolve(argument))
            case _:
                raise Unknown(DEPLOYED.get(name, f"{name} is no function of CloudFormation"))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.parameters:
            value = self.parameters[name]
            if isinstance(value, Unresolved):
                raise Unknown(value.reason)
            return value
        if name.startswith("AWS::"):
            raise Unknown(f"{name} is known when deployed: give it with --parameter {name}=VALUE")
        if name in self._resources:
            raise Unknown(f"{name} is a resource: its name is known when it is deployed")
        raise Unknown(f"there is no parameter or resource {name}")

    def _if(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            raise Unknown("it takes a condition and two values")
        truth = self.condition(text(argument[0]))
        if isinstance(truth, bool):
            return self.resolve(argument[1 if truth else 2])
        either = [self.resolve(branch) for branch in argument[1:]]
        if either[0] == either[1] and first_unresolved(either) is None:
            return either[0]
        raise Unknown(truth.reason)

    def _sub(self, argument: Any) -> str:
        """`${!Literal}` stands for `${Literal}`; entries of the map come before parameters."""
        template, own = (argument, {}) if isinstance(argument, str) else arguments(argument, 2)
        if not isinstance(template, str) or not isinstance(own, dict):
            raise Unknown("it takes a text, or a text and a table")

        def variable(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in own:
                return text(self.resolve(own[name]))
            if "." in name:
                raise Unknown(f"{name} is an attribute of a resource: it is known when deployed")
            return text(self._ref(name))

        found = short(_SUB.sub(variable, template))
        if _DYNAMIC in found:
            raise Unknown("a dynamic reference is read when deployed")
        return found

    def _find_in_map(self, argument: Any) -> Any:
        """Three keys; a fourth argument with DefaultValue comes with the language extensions."""
        parts = [self.resolve(part) for part in arguments(argument, 3, 4)]
        found: Any = self._mappings
        for key in (text(part) for part in parts[:3]):
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            return self.resolve(found)
        if len(parts) == 4 and isinstance(parts[3], dict) and "DefaultValue" in parts[3]:
            return parts[3]["DefaultValue"]
        raise Unknown(f"there is no {'.'.join(text(part) for part in parts[:3])} in Mappings")


def _circle(name: str) -> Unresolved:
    return Unresolved(f"!Condition {name}", f"the condition {name} rests on itself")


def _conditions_in(node: Any) -> Iterator[str]:
    """The names of the conditions that a node asks for."""
    match node:
        case {"Condition": str() as name} if len(node) == 1:
            yield str(name)
        case {"Fn::If": [str() as name, *rest]} if len(node) == 1:
            yield str(name)
            yield from _conditions_in(rest)
        case dict():
            for inner in node.values():
                yield from _conditions_in(inner)
        case list():
            for inner in node:
                yield from _conditions_in(inner)
        case _:
            pass
