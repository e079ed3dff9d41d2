"""A function with dependencies. Its module body leaves a mark, so that a test sees whether it was run."""

import pathlib

import markupsafe
from hello import greet

pathlib.Path(__file__).with_name("RAN").touch()


def handler(event, context):
    return str(markupsafe.escape(greet.text(event["name"])))
