"""What is not sent: a zip that the checks call broken, and one that never answered here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date

from onezip.archive.lint import check, of_function
from onezip.archive.reader import digests, opened
from onezip.archive.rules.finding import Finding
from onezip.deployer.values import Archive
from onezip.errors import DeployFailed, Severity
from onezip.model.function import Function
from onezip.model.layer import with_layers
from onezip.tested import recall

Guard = Callable[[Function, Archive, Archive | None], None]
"""Looks at a zip, and at that of the function's own layer, before either is sent. Raises DeployFailed where
one must not be.
"""


def unbroken(today: date) -> Guard:
    """Refuse a zip in which `onezip check` finds an error (deploy.broken)."""

    def guard(function: Function, archive: Archive, layer: Archive | None) -> None:
        found: list[Finding] = []
        with ExitStack() as stack:
            zips = [stack.enter_context(opened(each.path)) for each in (archive, layer) if each]
            known = [(digests(manifest, content), content) for manifest, content in zips]
            for what, each in zip(with_layers([function]), known, strict=False):
                beside = None if what.layer_of or layer is None else known[-1]
                subject = of_function(what, *each, today=today, beside=beside)
                found += check(subject, function.ignore).findings
        # what is too large for a request goes through S3, and without a bucket the plan says so
        errors = [
            finding
            for finding in found
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

    def guard(function: Function, archive: Archive, layer: Archive | None) -> None:
        for each, what in ((archive, "zip"), (layer, "layer")):
            if each is None or recall(state, each.sha256) is not None:
                continue
            raise DeployFailed(
                "deploy.untested",
                f"{function.name}: this {what} ({each.sha256[:12]}) never answered here",
                hint=f"run it: `onezip invoke {function.name}`, or deploy without --tested",
            )

    return guard
