"""The CDK takes our zip as it is: one asset, whatever machine built it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli.onezip_cli import onezip, plain
from fetched import kept

PACKAGES = ("aws-cdk-lib@2.275.0", "constructs@10.8.1")

APP = """\
const { App, Stack } = require("aws-cdk-lib");
const lambda = require("aws-cdk-lib/aws-lambda");
const { readFileSync } = require("node:fs");
for (const folder of process.argv.slice(2)) {
  process.chdir(folder);
  const record = JSON.parse(readFileSync("dist/plain.json", "utf8"));
  const app = new App({ outdir: "cdk.out", analyticsReporting: false });
  const stack = new Stack(app, "S");
  const made = new lambda.Function(stack, "Plain", {
    code: lambda.Code.fromAsset("dist/plain.zip"),
    runtime: new lambda.Runtime(record.runtime),
    handler: record.handler,
    architecture: lambda.Architecture.custom(record.architecture, record.architecture),
  });
  made.currentVersion;
  app.synth();
}
"""


@pytest.fixture(scope="module")
def modules() -> Path:
    """node_modules with the CDK, fetched once."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not here: install Node.js from https://nodejs.org")

    def fill(folder: Path) -> None:
        words = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES]
        subprocess.run(words, check=True)

    return kept("cdk-2.275.0", fill) / "node_modules"


def synthesised(folder: Path) -> tuple[Any, Path]:
    """The template, and the asset's file."""
    (asset,) = (folder / "cdk.out").glob("asset.*")
    return json.loads((folder / "cdk.out/S.template.json").read_text()), asset


@pytest.mark.ring2
def test_the_asset_is_the_same_over_clones_and_another_after_a_change(tmp_path: Path, modules: Path) -> None:
    here, clone, changed = (plain(tmp_path / name) for name in ("here", "another/clone", "changed"))
    (changed / "plain/lambda_function.py").write_text("lambda_handler = print\n")
    for folder in (here, clone, changed):
        assert onezip(folder, "build").code == 0
    (tmp_path / "app.js").write_text(APP)
    env = {**os.environ, "NODE_PATH": str(modules)}
    words = ["node", str(tmp_path / "app.js"), str(here), str(clone), str(changed)]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    template, asset = synthesised(here)
    assert asset.read_bytes() == (here / "dist/plain.zip").read_bytes()
    made = [each for each in template["Resources"].values() if each["Type"] == "AWS::Lambda::Function"]
    assert made[0]["Properties"]["Handler"] == "lambda_function.lambda_handler"
    again, same = synthesised(clone)
    assert (again, same.name) == (template, asset.name)
    other, moved = synthesised(changed)
    assert (other != template, moved.name != asset.name) == (True, True)
