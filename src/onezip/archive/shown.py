"""Messages with the paths below a folder written relative to it, as their reader knows them."""

from __future__ import annotations

import os
import re
from typing import TypeVar

from onezip.errors import OnezipError, Report

Some = TypeVar("Some", bound=OnezipError)


def near(text: str, folder: str) -> str:
    """The text with absolute paths below folder (absolute) relative to it, and the folder itself as `.`."""
    if folder not in text or folder == os.path.dirname(folder):
        return text
    whole = re.escape(folder)
    separators = re.escape(os.sep + (os.altsep or ""))
    text = re.sub(rf"(?<![\w{separators}.-]){whole}[{separators}]+(?=[^\s{separators}])", "", text)
    return re.sub(rf"(?<![\w{separators}.-]){whole}(?![\w{separators}.-])", ".", text)


def near_error(error: Some, folder: str) -> Some:
    """The error with its own words so; a tool's output stays as it is."""
    error.message = near(error.message, folder)
    error.hint = near(error.hint, folder)
    return error


def near_report(report: Report, folder: str) -> Report:
    """A report that gets diagnostics with their words so."""
    return lambda told: report(
        told._replace(message=near(told.message, folder), hint=near(told.hint, folder))
    )
