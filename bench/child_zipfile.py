"""Pack a folder with Python's zipfile: `child_zipfile.py SOURCE OUT LEVEL`."""

from __future__ import annotations

import os
import sys
import zipfile

source, out, level = sys.argv[1:]
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=int(level)) as made:
    for folder, _, names in os.walk(source):
        for name in sorted(names):
            path = os.path.join(folder, name)
            made.write(path, os.path.relpath(path, source))
