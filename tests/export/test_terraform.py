"""`onezip export terraform`: its text, and what the real Terraform (and OpenTofu) makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.onezip_cli import PLAIN, onezip, plain
from export.driver import FULL, HELLO, LAYERED, NAMED, exported, golden, shipment
from onezip.deployer.export.facts import Options
from onezip.deployer.export.terraform_text import label
from onezip.deployer.export.terraform_text import text as as_template
from onezip.errors import ProjectError, UsageError

PROGRAMS = [name for name in ("terraform", "tofu") if shutil.which(name)] or ["terraform"]
"""OpenTofu is tried as well where it is."""


def test_golden() -> None:
    golden("terraform.tf.json", exported("terraform", shipment()))
    golden("terraform-functions.tf.json", exported("terraform", shipment(), Options(functions=True)))
    text = exported(
        "terraform",
        shipment(HELLO, to_root="../.."),
        Options(functions=True, aws_provider="6.28.0", bucket="code"),
    )
    golden("terraform-s3.tf.json", text)
    bare = replace(LAYERED, deploy=replace(LAYERED.deploy, bucket=None))
    golden("terraform-layer.tf.json", exported("terraform", shipment(bare), Options(functions=True)))
    text = exported("terraform", shipment(LAYERED), Options(functions=True))
    objects = json.loads(text)["resource"]["aws_s3_object"]
    assert [each["source"] for each in objects.values()] == [
        "${path.module}/dist/app.zip", "${path.module}/dist/app-layer.zip",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "argument"),
    [
        ("", "source_code_hash"),
        ("5.51", "source_code_hash"),
        ("6.27.9", "source_code_hash"),
        ("6.28", "code_sha256"),
        ("7.0.0", "code_sha256"),
        ("10.1", "code_sha256"),
    ],
)
def test_the_digest_stands_where_the_provider_takes_it(version: str, argument: str) -> None:
    table = json.loads(exported("terraform", shipment(HELLO), Options(functions=True, aws_provider=version)))
    made = table["resource"]["aws_lambda_function"]["hello"]
    assert made[argument] == HELLO.code_sha256
    assert len({"source_code_hash", "code_sha256"} & made.keys()) == 1


@pytest.mark.parametrize(("version", "of"), [("six", HELLO), ("5", HELLO), ("5.50", HELLO), ("6.28", FULL)])
def test_providers_that_are_none_or_too_old(version: str, of: Any) -> None:
    with pytest.raises(UsageError) as caught:
        exported("terraform", shipment(of), Options(functions=True, aws_provider=version))
    assert version in caught.value.message


def test_logging_in_the_providers_words() -> None:
    def made(logging: dict[str, str]) -> Any:
        of = replace(HELLO, deploy=replace(HELLO.deploy, logging=logging))
        table = json.loads(exported("terraform", shipment(of), Options(functions=True)))
        return table["resource"]["aws_lambda_function"]["hello"]["logging_config"]

    assert made({"LogGroup": "/own"}) == {"log_format": "Text", "log_group": "/own"}
    assert made({"LogFormat": "JSON"}) == {"log_format": "JSON"}
    with pytest.raises(ProjectError) as caught:
        made({"logFormat": "JSON"})
    assert "'logFormat'" in caught.value.message


def test_labels_are_each_their_own() -> None:
    names = ("2nd", "_2nd", "-2nd", "a", "_a")
    assert [label(name) for name in names] == ["_2nd", "__2nd", "_-2nd", "a", "__a"]


def test_code_that_others_bring_is_ignored() -> None:
    for of in (HELLO, FULL):
        mine = replace(of, deploy=replace(of.deploy, code_only=True))
        table = json.loads(exported("terraform", shipment(mine), Options(functions=True)))
        made = table["resource"]["aws_lambda_function"][of.name]
        assert made["lifecycle"]["ignore_changes"] == [
            key
            for key in made
            if key in {"filename", "s3_bucket", "s3_key", "source_code_hash", "code_sha256"}
        ]


def test_no_value_that_is_not_ours() -> None:
    table = json.loads(exported("terraform", shipment(NAMED), Options(functions=True)))
    assert table["resource"]["aws_lambda_function"]["_2nd"]["environment"]["variables"] == {
        "API_KEY": '${var.onezip_environment["2nd"]["API_KEY"]}',
        "TABLE": '${var.onezip_environment["2nd"]["TABLE"]}',
    }
    assert table["variable"]["onezip_environment"]["sensitive"] is True


# ---- the real program -----------------------------------------------------------------------------------

MAIN = """
resource "terraform_data" "function" {
  for_each         = local.onezip
  input            = { for key, value in each.value : key => value if key != "filename" }
  triggers_replace = each.value.code_sha256
  lifecycle {
    precondition {
      condition     = filebase64sha256(each.value.filename) == each.value.code_sha256
      error_message = "the zip is not the one of onezip.lock"
    }
  }
}
"""


def run(program: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_CLI_CONFIG_FILE": str(folder / "none.tfrc"),
    }
    (folder / "none.tfrc").touch()
    return subprocess.run(
        [program, *words, "-no-color"], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def done(program: str, folder: Path, *words: str) -> str:
    finished = run(program, folder, *words)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if shutil.which(name) is None:
        pytest.skip(
            "terraform is not here: install it, see https://developer.hashicorp.com/terraform/install"
        )
    return name


@pytest.mark.ring2
def test_plans_hold_over_clones_and_tell_changes(tmp_path: Path, program: str) -> None:
    two = PLAIN + PLAIN.replace("functions.plain", "functions.odd-2")
    here = plain(tmp_path / "here", two)
    infra = here / "infra"
    infra.mkdir()
    (infra / "main.tf").write_text(MAIN)
    assert onezip(here, "lock").code == 0
    assert onezip(here, "export", "terraform", "--output", "infra/onezip.tf.json").code == 0
    done(program, infra, "init", "-input=false")
    done(program, infra, "validate")
    done(program, infra, "apply", "-auto-approve", "-input=false")
    assert run(program, infra, "plan", "-detailed-exitcode", "-input=false").returncode == 0

    clone = tmp_path / "elsewhere/clone"
    shutil.copytree(here, clone, ignore=shutil.ignore_patterns("dist", ".home"))
    assert onezip(clone, "build", "--locked").code == 0
    assert onezip(clone, "export", "terraform", "-o", "infra/onezip.tf.json", "--check").code == 0
    same = run(program, clone / "infra", "plan", "-detailed-exitcode", "-input=false")
    assert same.returncode == 0, same.stdout + same.stderr

    (clone / "plain/lambda_function.py").write_text("lambda_handler = print\n")
    assert onezip(clone, "build", "--locked").code == 1
    wrong = run(program, clone / "infra", "plan", "-detailed-exitcode", "-input=false")
    assert (wrong.returncode, "is not the one of onezip.lock" in wrong.stderr) == (1, True)
    assert onezip(clone, "lock").code == 0
    stale = onezip(clone, "export", "terraform", "-o", "infra/onezip.tf.json", "--check", "--json")
    assert (stale.code, stale.diagnostics[0]["code"]) == (1, "export.stale")
    assert onezip(clone, "export", "terraform", "-o", "infra/onezip.tf.json").code == 0
    other = run(program, clone / "infra", "plan", "-detailed-exitcode", "-input=false")
    assert other.returncode == 2, other.stdout + other.stderr


@pytest.mark.ring2
def test_text_reaches_terraform_as_it_is(tmp_path: Path, program: str) -> None:
    hard = ["${path.root}", "%{ if true }", "$${x}", "$$${x}", '"quoted" \\ and\nmore', "é ☃ 😀", "100% $5"]
    table = {"locals": {"hard": [as_template(each) for each in hard]}}
    (tmp_path / "hard.tf.json").write_text(json.dumps(table))
    (tmp_path / "out.tf").write_text('output "hard" { value = local.hard }\n')
    done(program, tmp_path, "init", "-input=false")
    done(program, tmp_path, "apply", "-auto-approve", "-input=false")
    told = json.loads(done(program, tmp_path, "output", "-json"))
    assert told["hard"]["value"] == hard


@pytest.mark.ring2
def test_whole_resources_are_well_formed(tmp_path: Path, program: str) -> None:
    """Without the provider their arguments cannot be judged, but their references and templates can."""
    text = exported("terraform", shipment(HELLO, FULL, NAMED, LAYERED), Options(functions=True))
    table = json.loads(text)
    del table["terraform"]
    data = {"partition": {"input": {"partition": "aws"}}}
    made: dict[str, Any] = {"terraform_data": {}}
    for kind, resources in table.pop("resource").items():
        for name, body in resources.items():
            body.pop("depends_on", None)
            made["terraform_data"][f"{kind}_{name}"] = {"input": body}
    made["terraform_data"] |= data
    rest = json.dumps({**{k: v for k, v in table.items() if k != "data"}, "resource": made})
    kinds = ("aws_iam_role", "aws_lambda_function", "aws_lambda_alias", "aws_s3_object")
    for kind in (*kinds, "aws_lambda_layer_version"):
        for name in ("hello", "get-user", "_2nd", "app", "app-layer"):
            rest = rest.replace(f"${{{kind}.{name}.", f"${{terraform_data.{kind}_{name}.output.")
    rest = rest.replace("data.aws_partition.onezip.", "terraform_data.partition.output.")
    rest = rest.replace("data.aws_iam_role._2nd.", "terraform_data.partition.output.")
    (tmp_path / "all.tf.json").write_text(rest)
    done(program, tmp_path, "init", "-input=false")
    done(program, tmp_path, "validate")
