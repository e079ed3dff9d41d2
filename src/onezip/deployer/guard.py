"""What is not sent: a zip that the checks call broken, and one that never answered here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from onezip.archive.lint import check, of_function
from onezip.archive.reader import digests, opened
from onezip.deployer.values import Archive
from onezip.errors import DeployFailed, Severity
from onezip.model.function import Function
from onezip.tested import recall

Guard = Callable[[Function, Archive], None]
"""Looks at a zip before it is sent. Raises DeployFailed where it must not be."""


def unbroken(today: date) -> Guard:
    """Refuse a zip in which `onezip check` finds an error (deploy.broken)."""

    def guard(function: Function, archive: Archive) -> None:
        with opened(archive.path) as (manifest, content):
            subject = of_function(function, digests(manifest, content), content, today=today)
            report = check(subject, function.ignore)
        # what is too large for a request goes through S3, and without a bucket the plan says so
        errors = [
            finding
            for finding in report.findings
            if finding.severity is Severity.ERROR and finding.code != "check.size-direct"
        ]
        if errors:
            more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
            raise DeployFailed(
                "deploy.broken",
                f"{function.name}: {errors[0].message} [{errors[0].code}]{more}",
                hint=f"{errors[0].fix} `onezip check {function.name}` tells all; --force sends it so".strip(),
            )

    return guard


def answered(state: str) -> Guard:
    """Refuse a zip of which the state folder knows no answer (deploy.untested)."""

    def guard(function: Function, archive: Archive) -> None:
        if recall(state, archive.sha256) is None:
            raise DeployFailed(
                "deploy.untested",
                f"{function.name}: this zip ({archive.sha256[:12]}) never answered here",
                hint=f"run it: `onezip invoke {function.name}`, or deploy without --tested",
            )

    return guard
