"""A Lambda API of the tests' own, in a process of its own: prints its address, ends with its input."""

from __future__ import annotations

import sys
from pathlib import Path

# the server is the tests' own
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from deploy.account import Account
from deploy.server import serving

if __name__ == "__main__":
    with serving(Account(lag=0)) as server:
        print(server.address, flush=True)
        sys.stdin.read()
