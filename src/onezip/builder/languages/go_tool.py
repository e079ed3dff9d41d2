"""The Go that was found for a function, with what else is known of the place it builds at."""

from __future__ import annotations

from dataclasses import dataclass

from onezip.builder.languages.base import Tool


@dataclass(frozen=True, slots=True)
class GoTool(Tool):
    """A Go toolchain for the functions of one module.

    module is the absolute folder of the go.mod above the function, empty where functions had better be
    asked about one by one: no module, a link on the way, a second go.work. zig is the C compiler's absolute
    path, where C is compiled; its version then stands in version too.
    """

    module: str = ""
    zig: str = ""
