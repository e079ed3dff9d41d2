"""What all tests share: in CI nothing may be missing, so a skip must be one that .ci/allowed-skips names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

ALLOWED = Path(__file__).parents[1] / ".ci/allowed-skips"

_skipped: list[tuple[str, str]] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each skip and its reason; with workers this runs in the one process that knows all.

    In CI a failure is named at once: a run that is stopped shows no summary.
    """
    if report.failed and os.environ.get("CI") and not os.environ.get("PYTEST_XDIST_WORKER"):
        print(f"\nFAILED {report.nodeid} ({report.when})\n{report.longreprtext[-2000:]}", flush=True)
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped.append((report.nodeid, report.longrepr[2].removeprefix("Skipped: ")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ring takes the time it takes."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(0))


def allowed(nodeid: str, text: str) -> bool:
    """Whether a line `TEST-ID-START reason...` of the allowed skips names a test."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return any(nodeid.startswith(line.split(maxsplit=1)[0]) for line in lines)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI, fail on a skip that is not allowed."""
    if not os.environ.get("CI") or hasattr(session.config, "workerinput"):
        return
    text = ALLOWED.read_text(encoding="utf-8")
    wrong = [(nodeid, reason) for nodeid, reason in _skipped if not allowed(nodeid, text)]
    for nodeid, reason in wrong:
        print(f"\nskipped, and not in .ci/allowed-skips: {nodeid}: {reason}")
    if wrong and session.exitstatus == 0:
        session.exitstatus = 1
