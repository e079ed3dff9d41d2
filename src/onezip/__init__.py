"""onezip: a Lambda function as one zip, the same bytes on every machine.

The public API is loaded on first use (PEP 562), so that `import onezip` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["BuildRecord", "Function", "OnezipError", "Project", "__version__", "build", "load_project"]

_HOMES = {
    "BuildRecord": "onezip.model.build",
    "Function": "onezip.model.function",
    "OnezipError": "onezip.errors",
    "Project": "onezip.model.project",
    "build": "onezip.builder.engine",
    "load_project": "onezip.config.load",
}

if TYPE_CHECKING:
    from onezip.builder.engine import build
    from onezip.config.load import load_project
    from onezip.errors import OnezipError
    from onezip.model.build import BuildRecord
    from onezip.model.function import Function
    from onezip.model.project import Project


def __getattr__(name: str) -> Any:
    """Import the home of a public name when it is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'onezip' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(home), name)
