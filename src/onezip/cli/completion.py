"""The completion script of a shell.

bash:        source <(onezip completion bash)
zsh:         source <(onezip completion zsh)
fish:        onezip completion fish | source
PowerShell:  onezip completion powershell | Out-String | Invoke-Expression

The scripts ask onezip itself for what fits: commands, options, and the project's functions.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

from onezip.cli.console import Console
from onezip.errors import Exit, OnezipError

SCRIPTS = {
    "bash": """\
_onezip() {
    local IFS=$'\\n'
    COMPREPLY=($(onezip completion --for "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F _onezip onezip
""",
    "zsh": """\
#compdef onezip
_onezip() {
    local -a found
    found=(${(f)"$(onezip completion --for "${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)"})
    if (( ${#found} )); then compadd -a found; else _files; fi
}
compdef _onezip onezip
""",
    "fish": """\
complete -c onezip -a '(onezip completion --for (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
""",
    "powershell": """\
Register-ArgumentCompleter -Native -CommandName onezip -ScriptBlock {
    param($word, $ast, $position)
    $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if ($word -eq '') { $words += '' }
    onezip completion --for @words 2>$null | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_)
    }
}
""",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip completion`."""
    parser.add_argument("shell", nargs="?", choices=sorted(SCRIPTS), help="which shell")
    parser.add_argument("--for", dest="words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Print the script, or, for a script, what completes the words."""
    if args.words is not None:
        for candidate in candidates(args.words, args.folder, args.config):
            console.raw(f"{candidate}\n")
        return Exit.DONE
    if args.shell is None:
        from onezip.errors import UsageError

        raise UsageError(
            "usage.command", "which shell?", hint=f"onezip completion {'|'.join(sorted(SCRIPTS))}"
        )
    console.raw("" if console.as_json else SCRIPTS[args.shell])
    console.result({"shell": args.shell, "script": SCRIPTS[args.shell]})
    return Exit.DONE


def candidates(words: Sequence[str], folder: str, config: str | None) -> list[str]:
    """What could stand in the place of the last word."""
    from onezip.cli.main import COMMANDS, parser, split

    last = words[-1] if words else ""
    name, _ = split(words[:-1])
    if name is None:
        return [command for command in COMMANDS if command.startswith(last)]
    made = parser(name, importlib.import_module(COMMANDS[name].module))
    found: list[str] = []
    for action in made._actions:  # noqa: SLF001 - argparse offers no other list of what it knows
        if last.startswith("-"):
            found += [option for option in action.option_strings if action.help != argparse.SUPPRESS]
        elif not action.option_strings and action.choices:
            found += map(str, action.choices)
        elif action.metavar == "NAME":
            found += _functions(folder, config)
    return sorted(option for option in found if option.startswith(last))


def _functions(folder: str, config: str | None) -> list[str]:
    from onezip.config.load import load_project

    try:
        return list(load_project(folder, config).functions)
    except OnezipError:
        return []
