"""A template with a single function F: its table, why it is not ours, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from onezip.codes import CODES
from onezip.errors import ProjectError
from template.driver import complaints, describe, one

GO = "Runtime: provided.al2023, CodeUri: a"
FILES = ["a/main.go", "b/app.py"]


def table(properties: str, files: Sequence[str] = FILES, **more: Any) -> Any:
    """The table of a function F with these properties."""
    return describe(one(properties, **more), files).functions["F"].table


def foreign(properties: str, files: Sequence[str] = FILES, **more: Any) -> str:
    """Why a function F with these properties is not ours."""
    described = describe(one(properties, **more), files)
    assert not described.functions
    ((name, reason),) = ((found.name, found.reason) for found in described.foreign)
    assert name == "F"
    return reason


def refusal(properties: str, files: Sequence[str] = FILES, **more: Any) -> str:
    """The one mistake of a function F with these properties."""
    with pytest.raises(ProjectError) as caught:
        describe(one(properties, **more), files)
    assert all(found.code in CODES for found in caught.value.diagnostics())
    (line,) = complaints(caught.value)
    return line


def metadata(text: str) -> str:
    """The metadata of F, for `more`."""
    return f"    Metadata: {text}\n"
