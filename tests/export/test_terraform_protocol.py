"""`onezip terraform`: the protocol of Terraform's external data source, spoken to a process."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from cli.onezip_cli import PLAIN, plain

DEPLOYED = PLAIN + '\n[functions.plain.deploy]\nbucket = "code"\nprefix = "zips/"\n'


def start(folder: Path, *words: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "onezip", "terraform", *words],
        cwd=folder,
        env={**os.environ, "ONEZIP_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ask(folder: Path, *words: str, query: str = "{}", home: Path | None = None) -> tuple[int, str, str]:
    process = start(folder, *words, home=home or folder / ".home")
    out, err = process.communicate(query)
    return process.returncode, out, err


def test_the_answer(tmp_path: Path) -> None:
    plain(tmp_path, DEPLOYED)
    code, out, err = ask(tmp_path, "plain", query=json.dumps({"root": "."}))
    assert (code, err) == (0, "")
    content = (tmp_path / "dist/plain.zip").read_bytes()
    digest = hashlib.sha256(content)
    assert json.loads(out) == {
        "path": "dist/plain.zip",
        "sha256": digest.hexdigest(),
        "base64sha256": b64encode(digest.digest()).decode(),
        "size": str(len(content)),
        "runtime": "python3.13",
        "handler": "lambda_function.lambda_handler",
        "architecture": "x86_64",
        "s3_key": f"zips/{digest.hexdigest()}.zip",
    }


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("", "../../dist/plain.zip"),
        ("{}", "../../dist/plain.zip"),
        ('{"root": "."}', "../../dist/plain.zip"),
        ('{"root": "modules/deep"}', "../../../../dist/plain.zip"),
        ('{"root": "../.."}', "dist/plain.zip"),
    ],
)
def test_paths_are_relative_to_the_root_of_the_query(tmp_path: Path, query: str, path: str) -> None:
    plain(tmp_path)
    below = tmp_path / "infra/live"
    below.mkdir(parents=True)
    code, out, err = ask(below, "plain", query=query, home=tmp_path / ".home")
    assert (code, err, json.loads(out)["path"]) == (0, "", path)


def test_an_absolute_root_gives_no_absolute_path(tmp_path: Path) -> None:
    plain(tmp_path)
    _, out, _ = ask(tmp_path, "plain", query=json.dumps({"root": str(tmp_path / "infra")}))
    assert json.loads(out)["path"] == "../dist/plain.zip"


def test_another_machine_says_the_same(tmp_path: Path) -> None:
    plain(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two/deeper")
    told = [ask(tmp_path / at, "plain") for at in ("one", "two/deeper")]
    assert told[0] == told[1]
    (tmp_path / "two/deeper/plain/lambda_function.py").write_text("lambda_handler = print\n")
    assert json.loads(ask(tmp_path / "two/deeper", "plain")[1]) != json.loads(told[0][1])


@pytest.mark.parametrize(
    ("words", "query", "said", "exit_code"),
    [
        (["plain"], "{", "standard input is no JSON", 2),
        (["plain"], '{"root": 1}', "an object whose values are strings", 2),
        (["plain"], '["root"]', "an object whose values are strings", 2),
        (["plain"], '{"rot": "."}', "unknown key 'rot'", 2),
        (["plane"], "{}", "no function 'plane'", 2),
        (["broken"], "{}", "broken", 2),
        (["plain", "--no-build"], "{}", "plain is not in onezip.lock", 2),
    ],
)
def test_errors_leave_standard_output_clean(
    tmp_path: Path, words: list[str], query: str, said: str, exit_code: int
) -> None:
    plain(
        tmp_path, PLAIN + '[functions.broken]\nsource = "gone"\nhandler = "app.x"\nruntime = "python3.13"\n'
    )
    code, out, err = ask(tmp_path, *words, query=query)
    assert (code, out) == (exit_code, "")
    assert said in err.splitlines()[0]


def test_warnings_go_to_standard_error(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN.replace("python3.13", "python3.9"))
    (tmp_path / "plain/requirements.txt").write_text("# nothing\n")
    code, out, _ = ask(tmp_path, "plain")
    assert code == 0
    assert set(map(type, json.loads(out).values())) == {str}


def test_ten_at_once(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN + PLAIN.replace("functions.plain", "functions.second"))
    running = [start(tmp_path, name, home=tmp_path / ".home") for name in ("plain", "second") * 5]
    for process in running:
        assert process.stdin is not None
        process.stdin.write('{"root": "."}')
        process.stdin.close()
    told = {}
    for number, process in enumerate(running):
        assert process.stdout is not None
        assert process.stderr is not None
        told[number] = process.stdout.read()
        assert (process.stderr.read(), process.wait()) == ("", 0)
        process.stdout.close()
        process.stderr.close()
    assert len(set(told.values())) == 2
    for text in told.values():
        facts = json.loads(text)
        assert hashlib.sha256((tmp_path / facts["path"]).read_bytes()).hexdigest() == facts["sha256"]


def test_without_building(tmp_path: Path) -> None:
    plain(tmp_path)
    built = ask(tmp_path, "plain")
    subprocess.run(
        [sys.executable, "-m", "onezip", "lock"],
        cwd=tmp_path,
        env={**os.environ, "ONEZIP_HOME": str(tmp_path / ".home")},
        check=True,
        capture_output=True,
    )
    assert ask(tmp_path, "plain", "--no-build") == built
    shutil.rmtree(tmp_path / "dist")
    assert ask(tmp_path, "plain", "--no-build") == built
    assert not (tmp_path / "dist").exists()
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/plain.zip").write_bytes(b"another")
    code, out, err = ask(tmp_path, "plain", "--no-build")
    assert (code, out) == (2, "")
    assert "is not the one of onezip.lock" in err


def test_json_has_the_envelope(tmp_path: Path) -> None:
    plain(tmp_path)
    _, out, _ = ask(tmp_path, "plain", "--json")
    table = json.loads(out)
    assert (table["command"], table["result"]["path"]) == ("terraform", "dist/plain.zip")
