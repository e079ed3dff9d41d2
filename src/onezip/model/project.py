"""A project: its functions, stages and defaults, and where it was described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from onezip.model.function import Function


class Origin(StrEnum):
    """Where the description was found; this is also the order in which they are looked for."""

    ONEZIP_TOML = "onezip.toml"
    PYPROJECT = "pyproject.toml"
    TEMPLATE = "template"
    DETECTED = "detected"


@dataclass(frozen=True, slots=True)
class Known:
    """A value of a template that is known now."""

    value: Any


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value of a template that only a deployment knows; expression is its text there."""

    expression: str
    reason: str = ""


Value = Known | Unresolved


@dataclass(frozen=True, slots=True)
class Foreign:
    """A function that is described but not ours to build (inline code, S3, an image), and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Project:
    """root is the absolute folder to which every path of the project is relative.

    stages holds each stage's raw overrides; they are laid over the functions' tables before those are
    parsed. notes are lines about how the description was understood, details more of them for who asks.
    """

    root: str
    origin: Origin
    file: str | None
    functions: Mapping[str, Function]
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    foreign: tuple[Foreign, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)
    details: tuple[str, ...] = field(default=(), compare=False)
