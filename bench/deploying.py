"""An unchanged deploy against the AWS CLI asking for one configuration, before the same server."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import inputs
from measure import Row, Side, compare

HERE = Path(__file__).resolve().parent
ONEZIP = str(Path(sys.executable).with_name("onezip"))
AWS = "awscli==1.46.3"
FUNCTIONS = 50

PROJECT = """\
[defaults]
source = "code"
runtime = "python3.13"
handler = "app.handler"
python.requirements = ""
deploy.role = "arn:aws:iam::123456789012:role/r"
"""


def aws_cli() -> Path:
    """The AWS CLI in an environment of its own."""
    folder = inputs.CACHE / AWS.replace("==", "-")
    if not (folder / "done").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", AWS], check=True)
        (folder / "done").touch()
    return folder / "bin/aws"


@contextmanager
def served() -> Iterator[str]:
    """The address of a server in a process of its own."""
    words = [sys.executable, str(HERE / "child_lambda.py")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def unchanged() -> Iterator[Row]:
    """One function, and fifty."""
    env = {
        **inputs.surroundings(),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        # as an installed program has it: bytecode is there, whatever the surroundings say
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(inputs.CACHE / "pycache"),
    }
    cli = aws_cli()
    for count, pairs, target in ((1, 9, 1.5), (FUNCTIONS, 3, 0.1)):
        folder = inputs.CACHE / f"deploy-{count}"
        (folder / "code").mkdir(parents=True, exist_ok=True)
        (folder / "code/app.py").write_text("def handler(event, context):\n    return 1\n")
        names = [f"f{number}" for number in range(count)]
        text = PROJECT + "".join(f"[functions.{name}]\n" for name in names)
        (folder / "onezip.toml").write_text(text)
        with served() as address:
            ours = [ONEZIP, "deploy", "--endpoint-url", address]
            subprocess.run(ours, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
            ask = f"{cli} --endpoint-url {address} lambda get-function-configuration --function-name"
            loop = " && ".join(f"{ask} {name}" for name in names)
            ratio = compare(Side(ours, folder, env), Side(["sh", "-c", loop], folder, env), pairs)
        what = "one function" if count == 1 else f"{count} functions"
        name = f"unchanged deploy of {what} against the AWS CLI asking for each configuration: wall"
        yield Row(name, ratio.told("wall"), ratio.median("wall"), target)


if __name__ == "__main__":
    for row in unchanged():
        print(f"{row.what}: {row.told}, at most {row.target}: {row.held}")
