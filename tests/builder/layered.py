"""A project with a Python function whose dependencies are a layer: one small wheel in a folder."""

from __future__ import annotations

from pathlib import Path

from builder.python_driver import make_wheel
from cli.onezip_cli import project

TEXT = """\
[functions.app]
source = "app"
runtime = "python3.13"
handler = "main.handler"
layer = true

[functions.app.deploy]
role = "arn:aws:iam::123456789012:role/lambda"
"""

SOURCE = """\
import tiny


def handler(event, context):
    return {"value": tiny.VALUE, "file": tiny.__file__}
"""


def layered(folder: Path, text: str = TEXT) -> Path:
    """The project, with tiny 1.0 as its dependency; tiny 2.0 is there too."""
    project(folder, text)
    for version in ("1.0", "2.0"):
        make_wheel(folder / "wheels", "tiny", version, {"tiny/__init__.py": f"VALUE = {version}\n"})
    (folder / "app").mkdir(exist_ok=True)
    (folder / "app/main.py").write_text(SOURCE)
    require(folder, "1.0")
    return folder


def require(folder: Path, version: str) -> None:
    """Change the dependency, and nothing else."""
    text = f"--no-index\n--find-links ../wheels\ntiny=={version}\n"
    (folder / "app/requirements.txt").write_text(text)


def edit(folder: Path) -> None:
    """Change the source, and nothing else."""
    path = folder / "app/main.py"
    path.write_text(path.read_text() + "\n# edited\n")
