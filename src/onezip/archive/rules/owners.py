"""Whose a file is: the user's own, a package's, or a test's. Rules are milder with others' files.  [pure]"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_LARGEST = 64 << 10
_MOST = 2000

_DIST_INFO = re.compile(
    r"(?:(?P<base>.*)/)?(?P<name>[^/]+?)-[^-/]+\.dist-info/(?P<file>top_level\.txt|METADATA|WHEEL)"
)
_IDLE = re.compile(
    r"(?:^|/)(?:tests?|testing|testdata|test_data|selftest|fixtures?|examples?|samples?|docs?|demos?|mocks?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest|[^/]*\.example|[^/]*\.sample)(?:\.[a-z0-9]+)?$",
    re.IGNORECASE,
)


def packages(names: Iterable[str], read: Callable[[str, int], bytes | None]) -> frozenset[str]:
    """Folders and modules that installed packages bring, as far as their metadata tells."""
    found = {"boto3", "botocore", "certifi", "pip", "setuptools"}
    for name in names:
        if len(found) < _MOST and (match := _DIST_INFO.fullmatch(name)):
            base = f"{match['base']}/" if match["base"] else ""
            distribution = match["name"].lower().replace("-", "_")
            found |= {base + distribution, base + distribution.removeprefix("python_")}
            if match["file"] == "top_level.txt":
                text = (read(name, _LARGEST) or b"").decode("utf-8", "replace")
                found |= {base + line for line in text.split()[:100]}
    return frozenset(found)


def brought(name: str, packages_there: frozenset[str]) -> bool:
    """Whether an entry belongs to an installed package."""
    parts = name.split("/")[:5]
    if "node_modules" in parts or any(part.endswith((".dist-info", ".libs", ".egg-info")) for part in parts):
        return True
    below = ("/".join(parts[: count + 1]) for count in range(len(parts)))
    return any(
        place.removesuffix(".py").lower() in packages_there or place in packages_there for place in below
    )


def idle(name: str) -> bool:
    """Whether an entry stands among tests, examples or documentation."""
    return _IDLE.search(name) is not None
