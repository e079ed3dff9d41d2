"""The fronts of a template, as lines that a person can check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from onezip.emulator.gateway.apis import apis
from template.driver import describe, project

CODE = {"src/app.py": ""}

FUNCTION = """
  {name}:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.h
      CodeUri: src/
"""


def template(resources: str, *functions: str, events: str = "", head: str = "") -> str:
    """A SAM template with these functions; the first one has the events, in YAML's flow style."""
    listed = [FUNCTION.format(name=name) for name in functions or ("F",)]
    if events:
        listed[0] += f"      Events: {events}\n"
    return f"Transform: AWS::Serverless-2016-10-31\n{head}\nResources:\n{resources}\n{''.join(listed)}"


def routes(text: str, files: Mapping[str, str] | None = None, **parameters: str) -> list[str]:
    """Every route as `GET /a -> F (rest)`, with who may take it; checked by the project's parser, too."""
    described = describe(text, {**CODE, **(files or {})}, **parameters)
    made = project(described, list(CODE))
    fronts = {name: each.fronts for name, each in made.functions.items()}
    apis(fronts, made.functions)
    lines = []
    for name, function in made.functions.items():
        for front in function.fronts:
            for route in front.routes:
                words = [f"{route.key} -> {name} ({front.kind.value})"]
                words += [f"by {front.authorizer}"] if front.authorizer else []
                words += [f"for {' '.join(route.scopes)}"] if route.scopes else []
                words += ["with a key"] if route.api_key else []
                words += [f"in {front.timeout} s"] if front.timeout else []
                words += [f"at {front.host}"] if front.host else []
                lines.append(" ".join(words))
    return lines


def notes(text: str, files: Mapping[str, str] | None = None, **parameters: str) -> list[str]:
    """What is said of a template."""
    return list(describe(text, {**CODE, **(files or {})}, **parameters).notes)


def front_tables(text: str, name: str = "F", files: Mapping[str, str] | None = None) -> Any:
    """The table `http` of a function."""
    described = describe(text, {**CODE, **(files or {})})
    project(described, list(CODE))
    return described.functions[name].table.get("http")


def authorizers(text: str, name: str = "F") -> Any:
    """The authorizers of a function's fronts, by name."""
    found: dict[str, Any] = {}
    for table in front_tables(text, name) or ():
        found |= table.get("authorizers", {})
    return json.loads(json.dumps(found))
