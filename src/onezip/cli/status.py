"""What is here, what onezip.lock says and what is in AWS, side by side.

Exits with 1 where they differ; where code or a layer does, the deployed zip is fetched, and why is told.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from onezip.cli.cloud import chosen, clouds, output_of, spoken, where, zips
from onezip.cli.console import Console
from onezip.cli.deploy import built
from onezip.errors import Exit, OnezipError
from onezip.model.layer import SUFFIX

if TYPE_CHECKING:
    from onezip.builder.lock import Locked
    from onezip.deployer.engine import Clouds, Task
    from onezip.deployer.values import Archive, Deployed, LayerVersion


@dataclass(slots=True)
class _State:
    """One function, or its layer: digests as CodeSha256, empty where there is none. signed says that what is
    deployed is what is here, signed by AWS Signer.
    """

    function: str
    name: str
    local: str
    locked: str
    deployed: str = ""
    signed: bool = False
    differences: list[list[str]] = field(default_factory=list)
    causes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def same(self) -> bool:
        same = self.deployed == self.local or self.signed
        return same and self.locked in {"", self.local} and not self.differences

    @property
    def verdict(self) -> str:
        """How they compare, in a word."""
        if self.same:
            return "signed" if self.signed else "same"
        return "differs" if self.deployed else "not there"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip status`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="the functions; all by default")
    zips(parser)
    where(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Look, and tell."""
    from onezip.builder.locking import read_lock
    from onezip.cli.described import described
    from onezip.cli.main import tell_all
    from onezip.deployer.engine import AT_ONCE

    project = described(args)
    args.output = output_of(args)
    tasks, failed = built(project, chosen(project, args.names, args), args, console)
    lock = read_lock(project)
    places = clouds(args)

    def look(task: Task) -> list[_State] | OnezipError:
        try:
            return _states(task, lock, places)
        except OnezipError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(look, tasks))
    states = [state for each in found if not isinstance(each, OnezipError) for state in each]
    failed += [
        (task.function.name, each)
        for task, each in zip(tasks, found, strict=True)
        if isinstance(each, OnezipError)
    ]
    tell_all(console, failed)
    _show(console, states, [name for name, _ in failed])
    if failed:
        return max(error.exit_code for _, error in failed)
    return Exit.DONE if all(state.same for state in states) else Exit.NO


def _states(task: Task, lock: Mapping[str, Locked], places: Clouds) -> list[_State]:
    """The function, and its own layer after it."""
    from onezip.deployer.code import fetch_code
    from onezip.deployer.layers import fetch_version, find_layer
    from onezip.deployer.look import look
    from onezip.deployer.plan import name_of, plan
    from onezip.deployer.signed import told_of_signature
    from onezip.deployer.values import UpdateCode
    from onezip.deployer.words import lines

    function, archive = task.function, task.archive
    state = _new(function.name, name_of(function), archive, lock)
    states = [state]
    with spoken(function, places) as calls, TemporaryDirectory(prefix="onezip-") as folder:
        deployed = told_of_signature(calls, state.name, look(calls, function), archive)
        layer = None
        if task.layer is not None:
            layer = find_layer(calls, function, task.layer, deployed)
            states.append(_new(f"{function.name}{SUFFIX}", layer.name, task.layer, lock))
            if (used := layer.used) is not None:
                _compare(states[-1], task.layer, used, lambda: fetch_version(calls, used.arn, folder))
        if deployed is None:
            return states
        made = plan(function, archive, deployed, layer)
        code = any(isinstance(action, UpdateCode) for action in made.actions)
        state.differences = [list(line) for line in lines(made) if not (code and line[0] == "code")]
        _compare(state, archive, deployed, lambda: fetch_code(calls, state.name, folder))
    return states


def _compare(
    state: _State, archive: Archive, there: Deployed | LayerVersion, fetch: Callable[[], Archive]
) -> None:
    """What is deployed, and why it differs, for which alone it is fetched."""
    from onezip.cli.explain import causes_of

    state.deployed = there.code_sha256
    state.signed = there.signed_from == archive.code_sha256
    if state.deployed != state.local and not state.signed:
        state.causes = causes_of(archive.path, fetch().path)


def _new(function: str, name: str, archive: Archive, lock: Mapping[str, Locked]) -> _State:
    """What is here and in the lock."""
    from onezip.archive.manifest import code_sha256

    locked = lock.get(function)
    return _State(function, name, archive.code_sha256, code_sha256(locked.sha256) if locked else "")


def _show(console: Console, states: Sequence[_State], failed: Sequence[str]) -> None:
    from onezip.cli.explain import show

    console.table(
        ("function", "in AWS", "here", "lock", "deployed", ""),
        [
            (state.function, state.name, _short(state.local), _short(state.locked), _short(state.deployed),
             state.verdict)
            for state in states
        ],
    )  # fmt: skip
    for state in states:
        if state.differences:
            console.line(f"\n{state.function}: would change")
            for subject, what in state.differences:
                console.line(f"  {subject}  {what}")
        if state.causes:
            console.line(f"\n{state.function}: the zip here and the zip there")
            show(console, state.causes, same="")
    console.result({
        "functions": [
            {
                "function": state.function,
                "name": state.name,
                "local": state.local,
                "lock": state.locked or None,
                "deployed": state.deployed or None,
                "same": state.same,
                "signed": state.signed,
                "differences": state.differences,
                "causes": state.causes,
            }
            for state in states
        ],
        "failed": list(failed),
    })  # fmt: skip


def _short(digest: str) -> str:
    return digest[:12] or "-"
