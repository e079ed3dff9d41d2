"""The kinds of functions. A language is a module with what `base.LanguageModule` asks, and one row here."""

from __future__ import annotations

import importlib
from typing import cast

from onezip.builder.languages.base import LanguageModule
from onezip.model.function import Language

LANGUAGES = {
    Language.GO: "onezip.builder.languages.go",
    Language.PYTHON: "onezip.builder.languages.python",
    Language.PREBUILT: "onezip.builder.languages.prebuilt",
    Language.COMMAND: "onezip.builder.languages.command",
}
"""Where each language lives; `module` imports it when a function of that kind is built."""


def module(language: Language) -> LanguageModule:
    """The module of a language."""
    return cast("LanguageModule", importlib.import_module(LANGUAGES[language]))
