#!/usr/bin/env python3
"""Write what the docs take from the program itself: tables in pages, and the picture of a terminal.

    docs/generate.py            write every generated part anew
    docs/generate.py --check    write nothing; name each file that is stale, and exit with 1 if there is one
    docs/generate.py --record   run the commands of pictures/build.txt again and keep what they print

A generated part stands in a page between two comments, `<!-- generated: NAME -->` and
`<!-- end of NAME -->`; the words around it are written by hand. NAME is a row in PARTS.

Nothing here depends on the machine: argparse formats help by the terminal's width and differently from one
Python to the next, so the tables are made from what the parsers know.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from html import escape
from pathlib import Path

from onezip import limits, process
from onezip.archive import patterns
from onezip.builder.languages import go_flags, python_wheels
from onezip.cli.main import COMMANDS, parser
from onezip.codes import CODES
from onezip.config.schema import NOT_YET, TABLES, Key, Kind
from onezip.emulator.events import uncertain_authorizers  # noqa: F401 - registers its decisions
from onezip.emulator.events.uncertain import DECISIONS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
RECORDING = DOCS / "pictures" / "build.txt"
PICTURE = DOCS / "pictures" / "build.svg"

_PART = re.compile(
    r"(?P<start><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end of (?P=name) -->\n)", re.DOTALL
)
_COMMON = "common to all commands"


def main(words: Sequence[str]) -> int:
    """Write, or compare; the exit code."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--check", action="store_true", help="only compare")
    options.add_argument("--record", action="store_true", help="run the picture's commands again")
    args = options.parse_args(words)
    if args.record:
        RECORDING.write_text(record(RECORDING.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    old = stale()
    for path, text in old.items():
        if args.check:
            sys.stderr.write(f"{path.relative_to(ROOT).as_posix()} is stale\n")
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"{path.relative_to(ROOT).as_posix()} written\n")
    if args.check and old:
        sys.stderr.write("run: python3 dev.py docs\n")
    return 1 if args.check and old else 0


def stale() -> dict[Path, str]:
    """The files that are not what they should be, and what they should be."""
    wanted = {page: fill(page.read_text(encoding="utf-8")) for page in sorted(DOCS.rglob("*.md"))}
    wanted[PICTURE] = picture(RECORDING.read_text(encoding="utf-8"))
    return {
        path: text
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }


def fill(page: str) -> str:
    """A page with its generated parts made anew."""

    def part(match: re.Match[str]) -> str:
        return f"{match['start']}\n{PARTS[match['name']]().strip()}\n\n{match['end']}"

    return _PART.sub(part, page)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# ---- the command line -----------------------------------------------------------------------------------


def commands() -> str:
    """Every command: what it does, how it is called, its arguments; then what all of them share."""
    parsers = {name: parser(name, importlib.import_module(row.module)) for name, row in COMMANDS.items()}
    parts = [
        f"## onezip {name}\n\n{_description(made)}\n\n{_usage(name, made)}\n{_arguments(_own(made))}"
        for name, made in parsers.items()
    ]
    some = next(iter(parsers.values()))
    return "\n".join([*parts, f"## Options of every command\n\n{_arguments(_shared(some))}"])


def _own(made: argparse.ArgumentParser) -> list[argparse.Action]:
    shared = _shared(made)
    return [action for action in _shown(made) if action not in shared]


def _shared(made: argparse.ArgumentParser) -> list[argparse.Action]:
    groups = made._action_groups  # noqa: SLF001 - argparse offers no other list of its groups
    common = [a for group in groups if group.title == _COMMON for a in group._group_actions]  # noqa: SLF001
    return [action for action in _shown(made) if action in common or action.dest == "help"]


def _shown(made: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in made._actions if action.help != argparse.SUPPRESS]  # noqa: SLF001


def _description(made: argparse.ArgumentParser) -> str:
    """The description as Markdown: a paragraph that is indented or set in columns becomes a block."""
    paragraphs = inspect.cleandoc(made.description or "").split("\n\n")
    return "\n\n".join(
        f"```text\n{textwrap.dedent(paragraph)}\n```" if re.search(r"^ |\S {2,}\S", paragraph) else paragraph
        for paragraph in paragraphs
    )


def _usage(name: str, made: argparse.ArgumentParser) -> str:
    own = _own(made)
    ordered = [a for a in own if not a.option_strings] + [a for a in own if a.option_strings]
    words = [f"onezip {name}", *map(_usage_of, ordered), "[options of every command]"]
    return f"```text\n{' '.join(words)}\n```\n"


def _usage_of(action: argparse.Action) -> str:
    if action.option_strings:
        option = " ".join([_names(action)[0], *_value(action)])
        return option if action.required else f"[{option}]"
    (value,) = _value(action)
    return {"?": f"[{value}]", "*": f"[{value} ...]", "+": f"{value} [{value} ...]"}.get(
        str(action.nargs), value
    )


def _names(action: argparse.Action) -> list[str]:
    """The spellings of an option, the long one first."""
    return sorted(action.option_strings, key=lambda option: not option.startswith("--"))


def _value(action: argparse.Action) -> list[str]:
    """The word that stands for an action's value; none for a switch."""
    if action.option_strings and action.nargs == 0:
        return []
    if action.metavar is None and action.choices:
        return ["|".join(map(str, action.choices))]
    return [str(action.metavar or action.dest.upper())]


def _arguments(actions: Iterable[argparse.Action]) -> str:
    rows = []
    for action in actions:
        spelled = _names(action) or [""]
        words = [f"`{' '.join(filter(None, [name, *_value(action)]))}`" for name in spelled]
        rows.append((", ".join(words), _help(action)))
    return table(("argument", "meaning"), rows) if rows else "It has no arguments of its own.\n"


def _help(action: argparse.Action) -> str:
    return (action.help or "") % {**vars(action), "prog": "onezip"}


# ---- the project file -----------------------------------------------------------------------------------


def project_file() -> str:
    """Every table of the project file that has code, and its keys."""
    parts = []
    for name, places in _reachable().items():
        title = " and ".join(f"`[{place}]`" for place in places) if places else "Top level"
        rows = [
            (f"`{key}`", _kind(name, value), value.doc)
            for key, value in TABLES[name].items()
            if (name, key) not in NOT_YET
        ]
        parts.append(f"## {title}\n\n{table(('key', 'value', 'meaning'), rows)}")
    return "\n".join(parts)


def not_yet() -> str:
    """The keys that are known and refused, by table."""
    names = _reachable()
    refused = {name: [f"`{key}`" for key in TABLES[name] if (name, key) in NOT_YET] for name in names}
    rows = [
        (f"`[{names[name][-1]}]`" if names[name] else "top level", ", ".join(keys))
        for name, keys in refused.items()
        if keys
    ]
    return table(("table", "keys"), rows)


def _reachable() -> dict[str, list[str]]:
    """The tables that a project file may hold today, and where each may stand."""
    found: dict[str, list[str]] = {"project": []}
    waiting = [("project", "")]
    while waiting:
        name, place = waiting.pop(0)
        for key, value in TABLES[name].items():
            if not value.table or (name, key) in NOT_YET:
                continue
            here = f"{place}.{key}".strip(".") + (".NAME" if value.kind is Kind.TABLES else "")
            found.setdefault(value.table, []).append(here)
            waiting.append((value.table, here))
    return found


def _kind(name: str, key: Key) -> str:
    if key.choices:
        return " or ".join(f"`{choice}`" for choice in key.choices if (name, choice) not in NOT_YET)
    if key.limits:
        low, high = key.limits
        return f"{key.kind}, {low} to {high} {key.unit}".rstrip()
    return str(key.kind)


# ---- tables of data -------------------------------------------------------------------------------------


def codes() -> str:
    """Every diagnostic's code, by area."""
    areas: dict[str, list[tuple[str, str]]] = {}
    for code, meaning in CODES.items():
        areas.setdefault(code.partition(".")[0], []).append((f"`{code}`", meaning))
    return "\n".join(f"## {area}\n\n{table(('code', 'meaning'), rows)}" for area, rows in areas.items())


def runtimes() -> str:
    """The runtimes, with the date of what is known of them."""
    heads = ("runtime", "system", "glibc", "architectures", "deprecated", "no new functions", "no updates")
    rows = [
        (
            f"`{runtime.id}`" + (" (preview)" if runtime.preview else ""),
            runtime.os,
            _dotted(runtime.glibc),
            ", ".join(runtime.architectures),
            *map(_day, (runtime.deprecated, runtime.block_create, runtime.block_update)),
        )
        for runtime in limits.RUNTIMES.values()
    ]
    return f"As known on {limits.AS_OF.isoformat()}. AWS moves these dates.\n\n{table(heads, rows)}"


def lambda_limits() -> str:
    """Lambda's limits that a build or a project file meets."""
    rows = [
        ("zip in the request itself", f"{limits.ZIPPED_DIRECT:,} bytes"),
        ("unzipped, with all layers", f"{limits.UNZIPPED:,} bytes"),
        ("memory", _range(limits.MEMORY, "MB")),
        ("timeout", _range(limits.TIMEOUT, "s")),
        ("`/tmp`", _range(limits.TMP, "MB")),
        ("all environment variables together", f"{limits.ENVIRONMENT:,} bytes"),
        ("handler", f"{limits.HANDLER} characters"),
        ("function name", f"{limits.FUNCTION_NAME} characters"),
    ]
    reserved = ", ".join(f"`{name}`" for name in sorted(limits.RESERVED_VARIABLES))
    return f"{table(('limit', 'value'), rows)}\nVariables that Lambda reserves: {reserved}."


def _range(ends: tuple[int, int], unit: str) -> str:
    return f"{ends[0]:,} to {ends[1]:,} {unit}"


def _dotted(numbers: Iterable[int]) -> str:
    return ".".join(map(str, numbers))


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def allowed() -> str:
    """The variables that a tool may see."""
    names = ", ".join(f"`{name}`" for name in sorted(process.ALLOWED))
    families = " and ".join(f"`{prefix}`" for prefix in process.ALLOWED_PREFIXES)
    return f"{names}.\n\nAlso every variable whose name starts with {families}."


def go_variables() -> str:
    """The variables that are set for Go."""
    rows = [(f"`{name}`", f"`{value}`" if value else "empty") for name, value in go_flags.FIXED.items()]
    return table(("variable", "value"), rows)


def left_out() -> str:
    """What stays out of the zip by default."""
    reasons: dict[str, list[str]] = {}
    for pattern, reason in patterns.DEFAULTS:
        reasons.setdefault(reason, []).append(f"`{pattern}`")
    rows = [(", ".join(names), reason) for reason, names in reasons.items()]
    rows.append(("a folder with `pyvenv.cfg`", patterns.VIRTUAL_ENVIRONMENT))
    return table(("names", "reason"), rows)


def litter() -> str:
    """What else stays out of Python functions that nobody described."""
    reasons: dict[str, list[str]] = {}
    for pattern, reason in patterns.LITTER:
        reasons.setdefault(reason, []).append(f"`{pattern}`")
    return table(("patterns", "reason"), [(", ".join(lines), reason) for reason, lines in reasons.items()])


def normalised() -> str:
    """What stays out of installed Python dependencies."""
    return ", ".join(f"`{pattern}`" for pattern in python_wheels.NORMALISED) + "."


def departures() -> str:
    """What the fronts decide where AWS leaves it open."""
    marks = {
        "K": "unverified",
        "I": "seen once",
        "D": "documented, and seen otherwise",
        "local": "of running here",
    }
    rows = [
        [f"`{each.name}`", each.fronts, each.decided, marks[each.mark], each.otherwise] for each in DECISIONS
    ]
    return table(["decision", "fronts", "here", "how sure", "AWS may instead"], rows)


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "project-file": project_file,
    "not-yet": not_yet,
    "codes": codes,
    "runtimes": runtimes,
    "limits": lambda_limits,
    "allowed": allowed,
    "go-variables": go_variables,
    "left-out": left_out,
    "litter": litter,
    "normalised": normalised,
    "departures": departures,
}
"""The generated parts by name; each must stand in one page."""


# ---- the picture ----------------------------------------------------------------------------------------

SIZE, WIDE, HIGH, EDGE, BAR = 13, 7.8, 20, 16, 30
"""Of the font, a character, a line, the margin and the title bar, in pixels."""

_INK = {"plain": "#d6deeb", "dim": "#7f8ea3", "prompt": "#7fdbca", "command": "#ffffff"}


def picture(text: str) -> str:
    """An SVG of a terminal that shows a recorded text.

    Each run of words is placed and stretched to its columns, so that any monospaced font gives one picture.
    """
    lines = text.rstrip("\n").split("\n")
    width = round(max(map(len, lines)) * WIDE + 2 * EDGE)
    height = BAR + len(lines) * HIGH + EDGE
    shapes = [run for number, line in enumerate(lines) for run in _line(line, BAR + (number + 0.7) * HIGH)]
    dots = [
        f'<circle cx="{EDGE + 4 + 18 * number}" cy="{BAR / 2:g}" r="5" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-size="{SIZE}" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono, monospace">'
    )
    return "\n".join([
        head,
        "<title>A terminal: the same functions are built twice, and once more from a copy</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#0b1622"/>',
        *dots,
        *shapes,
        "</svg>\n",
    ])  # fmt: skip


def _line(line: str, y: float) -> Iterator[str]:
    prompt = line.startswith("$ ")
    ink = "command" if prompt else "dim" if line.startswith("function ") else "plain"
    for match in re.finditer(r"\S+(?: \S+)*", line):
        words, column = match[0], match.start()
        if prompt and column == 0:
            yield _run("$", 0, y, "prompt")
            words, column = words[2:], 2
        yield _run(words, column, y, ink)


def _run(words: str, column: int, y: float, ink: str) -> str:
    return (
        f'<text x="{EDGE + column * WIDE:g}" y="{y:g}" fill="{_INK[ink]}" '
        f'textLength="{len(words) * WIDE:g}" lengthAdjust="spacingAndGlyphs">{escape(words)}</text>'
    )


def record(text: str) -> str:
    """The text with what its commands print today, in a copy of the examples with caches of its own."""
    lines = []
    with tempfile.TemporaryDirectory() as scratch:
        here = os.path.join(scratch, "examples")
        shutil.copytree(ROOT / "examples", here, ignore=shutil.ignore_patterns("dist", "__pycache__"))
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
        env = {**os.environ, "PATH": path, "ONEZIP_HOME": os.path.join(scratch, "home")}
        for line in text.splitlines():
            if line.startswith("$ "):
                done = subprocess.run(
                    ["sh", "-c", line[2:]],  # noqa: S607 - the shell of the reader's terminal
                    cwd=here,
                    env=env,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=True,
                )
                lines += [line, *done.stdout.splitlines()]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
