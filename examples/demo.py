"""The main job, shown: build the examples, build them again elsewhere and otherwise, compare, and run them.

Run by `python3 dev.py demo`. The second build happens in a copy in another folder, under another umask, time
zone and language, with an empty cache.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Build twice, compare, open and run the zips; 0 where every digest is equal and every zip answers."""
    with tempfile.TemporaryDirectory(prefix="onezip-demo-") as scratch:
        copy = Path(scratch) / "another folder" / "examples"
        shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("dist", "__pycache__"))
        print("# first: here, as you are")
        first = build(HERE, {})
        print("\n# second: a copy in another folder, umask 077, another time zone and language, empty cache")
        surroundings = {"TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "77"}
        second = build(copy, {**surroundings, "ONEZIP_HOME": os.path.join(scratch, "home")}, umask=0o077)
        if first is None or second is None:
            return 4
        equal = show(first, second)
        print("\n# third: nothing changed")
        if build(HERE, {}) is None:
            return 4
        print("\n# fourth: each zip is run here, and invoked")
        answered = [invoke(str(one["function"])) for one in first]
    return 0 if equal and all(answered) else 1


def build(folder: Path, extra: dict[str, str], umask: int = -1) -> list[dict[str, object]] | None:
    """Run `onezip build`, first for people, then for the figures."""
    command = [sys.executable, "-m", "onezip", "-C", str(folder), "build"]
    env = {**os.environ, **extra}
    mask = {"umask": umask} if os.name == "posix" else {}
    if subprocess.run(command, env=env, check=False, **mask).returncode:  # type: ignore[call-overload]
        return None
    told = subprocess.run([*command, "--json"], env=env, check=True, stdout=subprocess.PIPE, **mask)  # type: ignore[call-overload]
    functions: list[dict[str, object]] = json.loads(told.stdout)["result"]["functions"]
    return functions


def invoke(function: str) -> bool:
    """Run `onezip invoke`: whether the function answered without an error."""
    payload = json.dumps({"name": "onezip"})
    print(f"$ onezip invoke {function} --data '{payload}'", flush=True)
    command = [sys.executable, "-m", "onezip", "-C", str(HERE), "invoke", function, "--data", payload]
    code = subprocess.run(command, check=False).returncode
    print()
    return code == 0


def show(first: list[dict[str, object]], second: list[dict[str, object]]) -> bool:
    """Digests side by side, and what each zip holds."""
    print()
    equal = True
    for one, two in zip(first, second, strict=True):
        same = one["sha256"] == two["sha256"]
        equal &= same
        print(f"{one['function']}: {'the same bytes' if same else 'DIFFERENT BYTES'}")
        print(f"  here       {one['sha256']}\n  elsewhere  {two['sha256']}")
        print(f"  CodeSha256 {one['code_sha256']}")
        with zipfile.ZipFile(str(one["path"])) as opened:
            entries = opened.infolist()
        for entry in sorted(entries, key=lambda entry: -entry.file_size)[:4]:
            mode = oct(entry.external_attr >> 16)[-4:]
            print(f"    {mode}  {entry.file_size:>10,}  {entry.filename}")
        print(
            f"    and {len(entries) - 4} more" if len(entries) > 4 else "",
            end="\n" if len(entries) > 4 else "",
        )
    return equal


if __name__ == "__main__":
    sys.exit(main())
