"""The dependency step of a build, alone: `child_dependencies.py PROJECT`: uv, and a look at what it left."""

from __future__ import annotations

import os
import sys

from onezip.builder import languages
from onezip.builder.reading import read_text
from onezip.builder.staging import look_at, staged
from onezip.builder.tools import find
from onezip.config.load import load_project
from onezip.errors import OnezipError

project = load_project(sys.argv[1])
(function,) = project.functions.values()
module = languages.module(function.language)
tool = find(project.root, function, read_text)
facts = module.facts(project.root, function, "", read_text)
(recipe,) = module.recipes(project.root, [function], {function.name: facts}, tool)
cache = os.environ["ONEZIP_HOME"]


def fail(title: str, output: str) -> OnezipError:
    """A failed command."""
    return OnezipError("build.failed", f"{title}: {output}")


with staged(recipe, cache, "bench", fail=fail, on_line=lambda _: None, report=lambda _: None) as folder:
    module.harvest(function, look_at(os.path.join(folder, "python")))
