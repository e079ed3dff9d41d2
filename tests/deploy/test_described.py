"""What a project file may say of AWS, and every way to get it wrong; and the memory of zips that answered."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from onezip.config.load import load_project
from onezip.config.parse_deploy import share
from onezip.errors import ProjectError
from onezip.model.deploy import Alias, Bucket, Deploy, Network, Role, Url
from onezip.tested import MOST, Answer, as_text, from_text, recall, remember

WHOLE = """\
[defaults.deploy]
region = "eu-central-1"
role = "lambda"

[functions.f]
source = "."
runtime = "python3.13"
handler = "app.handler"
memory = 256
layers = ["arn:aws:lambda:eu-central-1:1:layer:x:3"]
environment = { KEY = "1" }

[functions.f.deploy]
function_name = "shop-f"
profile = "dev"
alias = "live"
canary = "12.5%"
publish = true
bucket = "codes"
prefix = "x/"
reference = true
subnets = "s1"
security_groups = ["g1", "g2"]
url = "NONE"
tags = { team = "a" }
environment = "replace"
tracing = "Active"
logging = { LogFormat = "JSON" }
concurrency = 0
code_only = true
keep = 5

[functions.g]
source = "."
runtime = "python3.13"
handler = "app.handler"

[stages.prod]
timeout = 30
deploy = { region = "us-east-1" }

[stages.prod.functions.f]
memory = 1024
deploy.canary = "5%"
"""


def written(folder: Path, text: str) -> str:
    (folder / "onezip.toml").write_text(text)
    return str(folder)


def test_everything_at_once(tmp_path: Path) -> None:
    functions = load_project(written(tmp_path, WHOLE)).functions
    assert functions["f"].layers == ("arn:aws:lambda:eu-central-1:1:layer:x:3",)
    assert functions["f"].deploy == Deploy(
        function_name="shop-f",
        region="eu-central-1",
        profile="dev",
        role=Role("lambda"),
        alias=Alias("live", 0.125),
        publish=True,
        network=Network(("s1",), ("g1", "g2")),
        url=Url("NONE"),
        bucket=Bucket("codes", "x/", reference=True),
        tags={"team": "a"},
        environment="replace",
        tracing="Active",
        logging={"LogFormat": "JSON"},
        concurrency=0,
        code_only=True,
        keep=5,
        described=frozenset({"memory", "layers", "environment", "role"}),
    )
    assert functions["g"].deploy == Deploy(
        region="eu-central-1", role=Role("lambda"), described=frozenset({"role"})
    )


def test_a_stage_is_laid_over_and_says_what_it_speaks_of(tmp_path: Path) -> None:
    functions = load_project(written(tmp_path, WHOLE), stage="prod").functions
    f, g = functions["f"], functions["g"]
    assert (f.limits.memory, f.limits.timeout, g.limits.memory, g.limits.timeout) == (1024, 30, 128, 30)
    assert f.deploy is not None
    assert g.deploy is not None
    assert (f.deploy.region, f.deploy.alias, g.deploy.region) == (
        "us-east-1",
        Alias("live", 0.05),
        "us-east-1",
    )
    assert g.deploy.described == {"timeout", "role"}


BASE = '[functions.f]\nsource = "."\nruntime = "python3.13"\nhandler = "a.b"\n'


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ('[functions.f.deploy]\nrol = "x"', 6, "unknown key 'rol' in [functions.f.deploy]",
         "did you mean 'role'?"),
        ('[functions.f.deploy]\nrole_arn = "x"', 6, "unknown key 'role_arn' in [functions.f.deploy]",
         "did you mean 'role'?"),
        ('[functions.f.deploy]\ncanary = "10%"', 6, "functions.f.deploy.canary needs 'alias'", "add alias"),
        ('[functions.f.deploy]\nprefix = "10%"', 6, "functions.f.deploy.prefix needs 'bucket'", "add bucket"),
        ('[functions.f.deploy]\nsubnets = "a"', 6, "functions.f.deploy.subnets needs 'security_groups'",
         "add security_groups"),
        ('[functions.f.deploy]\nalias = "a"\ncanary = "110%"', 7,
         "functions.f.deploy.canary: '110%' is no share of the calls", 'write it in per cent, such as "10%"'),
        ('[functions.f.deploy]\nalias = "12"', 6, "functions.f.deploy.alias: '12' is no name of an alias",
         "letters, digits, - and _, not only digits"),
        ('[functions.f.deploy]\nlogging = { LogFormt = "JSON" }', 6,
         "functions.f.deploy.logging: LoggingConfig has no 'LogFormt'", "did you mean 'LogFormat'?"),
        ('[functions.f.deploy]\nurl = "PUBLIC"', 6,
         "functions.f.deploy.url must be 'NONE' or 'AWS_IAM', not 'PUBLIC'", ""),
        ("[stages.prod.functions.h]\nmemory = 256", 5,
         "stages.prod.functions.h: the project has no function 'h'", ""),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, text: str, line: int, message: str, hint: str) -> None:
    with pytest.raises(ProjectError) as caught:
        load_project(written(tmp_path, f"{BASE}{text}\n"), stage="prod" if "stages" in text else None)
    found = caught.value.diagnostics()
    assert [(each.message, each.hint) for each in found] == [(message, hint)]
    assert found[0].place is not None
    assert found[0].place.line == line


def test_no_such_stage(tmp_path: Path) -> None:
    folder = written(tmp_path, f"{BASE}[stages.prod]\n")
    with pytest.raises(ProjectError) as caught:
        load_project(folder, stage="prd")
    assert (caught.value.code, caught.value.hint) == ("project.stage", "did you mean 'prod'?")
    (tmp_path / "onezip.toml").unlink()
    (tmp_path / "app.py").write_text("def handler(event, context): pass\n")
    with pytest.raises(ProjectError) as caught:
        load_project(folder, stage="prod")
    assert caught.value.code == "project.stage"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("10%", 0.1),
        (" 0.5% ", 0.005),
        ("99.9%", 0.999),
        ("0%", None),
        ("100%", None),
        ("10", None),
        ("x", None),
    ],
)
def test_share(text: str, part: float | None) -> None:
    assert share(text) == part


DIGEST = "ab" * 32


def test_a_zip_that_answered_is_remembered(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    assert recall(state, DIGEST) is None
    answer = Answer(DIGEST, "hello", "2026-11-21T16:00:00Z")
    remember(state, answer)
    assert recall(state, DIGEST) == answer
    assert recall(state, "cd" * 32) is None
    assert recall(state, "../secret") is None
    with pytest.raises(ValueError, match="no SHA-256"):
        remember(state, Answer("../x", "hello", ""))
    if os.name == "posix":
        assert (tmp_path / "state/tested").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"version": 2}', as_text(Answer(DIGEST, "f", "t"))[:-3],
     as_text(Answer(DIGEST, "f", "t", version=2)), as_text(Answer("cd" * 32, "f", "t"))],
)  # fmt: skip
def test_what_is_cut_or_foreign_is_as_good_as_nothing(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "tested"
    folder.mkdir()
    (folder / f"{DIGEST}.json").write_text(text)
    assert recall(str(tmp_path), DIGEST) is None


def test_many_at_once_and_not_too_many(tmp_path: Path) -> None:
    def one(number: int) -> None:
        for each in range(100):
            remember(str(tmp_path), Answer(f"{number * 100 + each:064x}", "f", "t"))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = list((tmp_path / "tested").iterdir())
    assert len(files) <= MOST
    assert all(from_text(path.read_text()) for path in files)
