"""`go build` calls, one for each function, with onezip's flags: `child_go_builds.py PROJECT OUT [NAME ...]`.

All functions below cmd are built, unless some are named.
"""

from __future__ import annotations

import os
import subprocess
import sys

project, out, *names = sys.argv[1:]
env = {**os.environ, "CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "amd64"}
flags = ["-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid="]
for name in names or sorted(os.listdir(os.path.join(project, "cmd"))):
    argv = ["go", "build", *flags, "-o", os.path.join(out, name, "bootstrap"), f"./cmd/{name}"]
    subprocess.run(argv, cwd=project, env=env, check=True)
