"""The project that a command line speaks of."""

from __future__ import annotations

import argparse

from onezip.errors import UsageError
from onezip.model.project import Project


def described(args: argparse.Namespace) -> Project:
    """Find and read the project of -C, --config and --parameter. Raises ProjectError, UsageError."""
    from onezip.config.load import load_project

    parameters = {}
    for word in args.parameter:
        key, equals, value = word.partition("=")
        if not equals:
            raise UsageError(
                "usage.command", f"--parameter {word!r} has no value", hint="write it as KEY=VALUE"
            )
        parameters[key] = value
    return load_project(args.folder, args.config, parameters)
