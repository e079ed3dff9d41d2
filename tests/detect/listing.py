"""Files by name -> what a walk would hand to detection."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from onezip.config.detect.detect import Detected, detect

MAIN = "package main\n\nfunc main() {}\n"
LAMBDA = 'package main\n\nimport "github.com/aws/aws-lambda-go/lambda"\n\nfunc main() { lambda.Start(nil) }\n'
HANDLER = "def lambda_handler(event, context):\n    return event\n"


def found(files: Mapping[str, str], name: str = "project") -> Detected:
    """What is detected in files that stand in memory."""
    listing: dict[str, list[str]] = {".": []}
    for path in files:
        folder, _, base = path.rpartition("/")
        listing.setdefault(folder or ".", []).append(base)
        while folder:
            folder = folder.rpartition("/")[0]
            listing.setdefault(folder or ".", [])
    return detect(listing, files.get, name=name)


def walked(root: Path) -> Detected:
    """What is detected in a folder on the disk."""
    listing = {
        os.path.relpath(folder, root).replace(os.sep, "/"): names for folder, _, names in os.walk(root)
    }

    def read(path: str) -> str | None:
        try:
            return (root / path).read_text(encoding="utf-8")
        except OSError:
            return None

    return detect(listing, read, name=root.name)
