"""Pack a folder in a process of its own: FOLDER OUT COMPRESSION THREADS. Prints the zip's SHA-256."""

import sys

from onezip.archive.collect import Source, collect
from onezip.archive.writer import pack
from onezip.model.function import Compression

FOLDER, OUT, COMPRESSION, THREADS = sys.argv[1:5]

entries = collect([Source(FOLDER)], report=lambda _: None).entries
manifest = pack(
    entries, OUT, compression=Compression(COMPRESSION), threads=int(THREADS) if THREADS != "all" else None
)
print(manifest.sha256)
