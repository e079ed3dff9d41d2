"""Which versions may go, and where an alias goes back to.  [pure]"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onezip.deployer.values import AliasState
from onezip.errors import DeployFailed


def pointed_to(aliases: Iterable[AliasState]) -> set[str]:
    """Every version that an alias sends calls to."""
    return {version for alias in aliases for version in (alias.version, *alias.weights)}


def prunable(
    versions: Sequence[str], aliases: Iterable[AliasState], keep: int, *, spare: str = ""
) -> list[str]:
    """The versions to remove, oldest first, so that the newest `keep` stay and no alias loses its own."""
    numbers = sorted((version for version in versions if version.isdigit()), key=int)
    held = pointed_to(aliases) | {spare}
    return [version for version in numbers[: max(len(numbers) - keep, 0)] if version not in held]


def back_from(alias: AliasState, versions: Sequence[str], to: str | None = None) -> str:
    """The version that an alias goes back to: the one asked for, the one before a canary, or the one before.

    Raises DeployFailed (aws.alias).
    """
    numbers = sorted((version for version in versions if version.isdigit()), key=int)
    if to is not None:
        if to not in numbers:
            raise DeployFailed(
                "aws.alias", f"there is no version {to}", hint=f"there are: {', '.join(numbers) or 'none'}"
            )
        return to
    if alias.weights:
        return alias.version
    if not alias.version.isdigit():
        raise DeployFailed(
            "aws.alias",
            f"alias {alias.name} points to {alias.version}, which has nothing before it",
            hint="name a version with --to",
        )
    before = [version for version in numbers if int(version) < int(alias.version)]
    if not before:
        raise DeployFailed(
            "aws.alias",
            f"alias {alias.name} points to version {alias.version}, and there is none before it",
            hint=f"name one with --to; there are: {', '.join(numbers) or 'none'}",
        )
    return before[-1]
