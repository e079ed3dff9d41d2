"""Wait for AWS to carry out what it took: the rule of its waiters FunctionActiveV2 and FunctionUpdatedV2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onezip.deployer.calls import Calls
from onezip.errors import DeployFailed

PAUSE, LONGEST = 1.0, 300.0
"""Seconds between two looks, and in all (botocore, lambda/waiters-2.json)."""


VERSION_PAUSE, VERSION_LONGEST = 5.0, 1560.0
"""The same for a version: SnapStart takes its snapshot first (PublishedVersionActive)."""


def busy(configuration: Mapping[str, Any]) -> bool:
    """Whether an update or the making of the function is still under way."""
    return configuration.get("State") == "Pending" or configuration.get("LastUpdateStatus") == "InProgress"


def settled(calls: Calls, name: str, *, version: str = "") -> dict[str, Any]:
    """FunctionConfiguration of $LATEST, or of a version, once nothing is under way.

    Raises CloudError, DeployFailed (aws.busy).
    """
    first, longest = calls.clock.now(), VERSION_LONGEST if version else LONGEST
    wanted = {"Qualifier": version} if version else {}
    while True:
        configuration = calls("lambda", "GetFunctionConfiguration", FunctionName=name, **wanted)
        if not busy(configuration):
            return configuration
        if calls.clock.now() - first >= longest:
            raise DeployFailed(
                "aws.busy",
                f"{name}: its update is still under way after {longest:.0f} s",
                hint="look at the function's state in AWS, then deploy again",
            )
        calls.clock.sleep(VERSION_PAUSE if version else PAUSE)


def updated(calls: Calls, name: str) -> dict[str, Any]:
    """The configuration after an act of ours. Raises DeployFailed where AWS could not carry it out."""
    return carried_out(settled(calls, name), name)


def active(calls: Calls, name: str, version: str) -> dict[str, Any]:
    """A version's configuration once it can run. Raises as `updated`."""
    return carried_out(settled(calls, name, version=version), f"{name}:{version}")


def carried_out(configuration: dict[str, Any], name: str) -> dict[str, Any]:
    """The configuration, if AWS says that nothing failed. Raises DeployFailed (aws.failed)."""
    for status, reason in (("State", "StateReason"), ("LastUpdateStatus", "LastUpdateStatusReason")):
        if configuration.get(status) == "Failed":
            code = configuration.get(f"{reason}Code", "")
            raise DeployFailed(
                "aws.failed",
                f"{name}: AWS took the update and could not carry it out: "
                f"{configuration.get(reason) or 'no reason was given'}{f' ({code})' if code else ''}",
                hint="mend what AWS names, then deploy again: the update is sent anew",
            )
    return configuration
