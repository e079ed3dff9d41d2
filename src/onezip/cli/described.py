"""The project that a command line speaks of."""

from __future__ import annotations

import argparse

from onezip.errors import UsageError
from onezip.model.project import Project


def described(args: argparse.Namespace) -> Project:
    """Find and read the project of -C, --config, --parameter and --stage. Raises ProjectError, UsageError."""
    from onezip.config.load import load_project

    parameters = {}
    for word in args.parameter:
        key, equals, value = word.partition("=")
        if not equals:
            raise UsageError(
                "usage.command", f"--parameter {word!r} has no value", hint="write it as KEY=VALUE"
            )
        parameters[key] = value
    allow = getattr(args, "allow_commands", False)
    stage = getattr(args, "stage", None)
    return load_project(args.folder, args.config, parameters, allow_commands=allow, stage=stage)
