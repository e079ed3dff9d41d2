"""Pack a folder or file with onezip's archive room: `child_pack.py SOURCE OUT`."""

from __future__ import annotations

import sys

from onezip.archive.collect import Source, collect
from onezip.archive.writer import pack

source, out = sys.argv[1:]
name = "bootstrap" if source.endswith("bootstrap") else ""
pack(collect([Source(source, name, own=False)], report=lambda _: None).entries, out)
