"""Build once more, with surroundings of one's own: other variables, another folder, fresh caches."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onezip import process
from onezip.errors import BuildFailed
from onezip.model.build import Command
from onezip.model.project import Project


@dataclass(frozen=True, slots=True)
class Surrounding:
    """One thing that is made different: variables, the umask, a copy in another folder, its files' order."""

    name: str
    env: Mapping[str, str] = field(default_factory=dict)
    umask: int | None = None
    copied: bool = False
    reversed: bool = False
    fresh: bool = False


SURROUNDINGS = (
    Surrounding("another run"),
    Surrounding("another folder", copied=True),
    Surrounding("file order and times", copied=True, reversed=True),
    Surrounding("umask", umask=0o077),
    Surrounding("time zone", {"TZ": "Pacific/Kiritimati"}),
    Surrounding("locale", {"LC_ALL": "C", "LANG": "C"}),
    Surrounding("hash seed", {"PYTHONHASHSEED": "4711"}),
    Surrounding("fresh caches of compilers and installers", fresh=True),
)
"""What is made different, in the order in which blame is looked for."""


def build_again(
    project: Project, names: Sequence[str], inputs: Sequence[str], how: Surrounding, work: str
) -> dict[str, str]:
    """The digests of another build, in a process of its own. Raises BuildFailed."""
    root = project.root
    if how.copied:
        root = _copy(project.root, inputs, os.path.join(work, f"{slug(how)} copy"), backwards=how.reversed)
    env = dict(how.env)
    env["ONEZIP_HOME"] = tempfile.mkdtemp(prefix="home-", dir=work)
    if how.fresh:
        env |= {"GOCACHE": os.path.join(work, "gocache"), "UV_CACHE_DIR": os.path.join(work, "uvcache")}
    output = os.path.join(work, slug(how))
    words = ["-C", root, "build", "--json", "--force", "--output", output, *names]
    if project.file:
        words += ["--config", project.file]
    start = (
        "import os, sys; mask = sys.argv.pop(1); mask and os.umask(int(mask, 8));"
        "from onezip.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    mask = "" if how.umask is None else f"{how.umask:o}"
    finished = process.run(
        Command((sys.executable, "-c", start, mask, *words), root, env, title=f"build again: {how.name}")
    )
    try:
        told = json.loads(finished.stdout)
        built = {each["function"]: str(each["sha256"]) for each in told["result"]["functions"]}
        if finished.code == 0 and set(names) <= set(built):
            return built
        words_of = "\n".join(d["message"] for d in told["diagnostics"] if d["severity"] == "error")
    except (ValueError, LookupError, TypeError):
        words_of = ""
    raise BuildFailed(
        "verify.second",
        f"{', '.join(names)}: the build failed when these were different: {how.name}",
        output=f"{words_of}\n{finished.stderr}",
        hint="an input that onezip does not know of is a likely cause: it is not in the copy",
    )


def _copy(root: str, inputs: Sequence[str], to: str, *, backwards: bool) -> str:
    """Copy just the known inputs; the copied root. Outside paths keep their place relative to the root."""
    top = os.path.commonpath([root, *(os.path.dirname(path) for path in inputs)])
    for number, path in enumerate(reversed(inputs) if backwards else inputs):
        place = os.path.join(to, os.path.relpath(path, top))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copyfile(path, place)
        shutil.copymode(path, place)
        if backwards:
            os.utime(place, (number + 1, number + 1))
    copied = os.path.join(to, os.path.relpath(root, top))
    os.makedirs(copied, exist_ok=True)
    return os.path.normpath(copied)


def slug(how: Surrounding) -> str:
    """The name of a surrounding's output folder."""
    return how.name.replace(" ", "-")
