"""`layer = true`: two zips from one function, built, locked, checked and run."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path

import pytest

from builder.layered import TEXT, edit, layered, require
from builder.python_driver import make_project, make_wheel, needs_uv
from cli.onezip_cli import Said, onezip

pytestmark = needs_uv

PLAIN = """\
[functions.plain]
source = "plain"
runtime = "python3.13"
handler = "main.handler"
"""


def names(folder: Path, zip_name: str) -> list[str]:
    with zipfile.ZipFile(folder / "dist" / zip_name) as opened:
        return opened.namelist()


def statuses(folder: Path, *words: str) -> dict[str, str]:
    said = onezip(folder, "build", "--json", *words)
    assert said.code == 0, said.out
    return {each["function"]: each["status"] for each in said.result["functions"]}


def codes(said: Said) -> list[tuple[str, str]]:
    return [(each["code"], each["message"]) for each in said.diagnostics]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return layered(tmp_path / "one")


def test_two_zips(folder: Path, tmp_path: Path) -> None:
    """What describes the dependencies is in neither; the bytes are those of another folder and umask."""
    said = onezip(folder, "build", "--quiet")
    assert (said.code, said.out.split()) == (0, ["dist/app.zip", "dist/app-layer.zip"]), said.err
    assert names(folder, "app.zip") == ["main.py"]
    assert sorted(names(folder, "app-layer.zip")) == [
        "python/tiny-1.0.dist-info/METADATA",
        "python/tiny-1.0.dist-info/WHEEL",
        "python/tiny-1.0.dist-info/licenses/LICENSE",
        "python/tiny/__init__.py",
    ]
    record = json.loads((folder / "dist/app-layer.json").read_text())
    assert (record["layer_of"], record["handler"]) == ("app", "")
    assert "layer_of" not in json.loads((folder / "dist/app.json").read_text())
    other = layered(tmp_path / "two")
    assert onezip(other, "build", umask=0o077).code == 0
    for name in ("app.zip", "app-layer.zip"):
        assert (folder / "dist" / name).read_bytes() == (other / "dist" / name).read_bytes()


def test_only_what_changed_is_built(folder: Path) -> None:
    (folder / "plain").mkdir()
    (folder / "plain/main.py").write_text("def handler(event, context): ...\n")
    (folder / "onezip.toml").write_text(TEXT + PLAIN)
    assert statuses(folder) == dict.fromkeys(("app", "app-layer", "plain"), "built")
    assert statuses(folder) == dict.fromkeys(("app", "app-layer", "plain"), "unchanged")
    assert statuses(folder, "app") == dict.fromkeys(("app", "app-layer"), "unchanged")
    assert statuses(folder, "app-layer") == {"app-layer": "unchanged"}
    edit(folder)
    assert statuses(folder, "app") == {"app": "built", "app-layer": "unchanged"}
    before = (folder / "dist/app.zip").read_bytes()
    require(folder, "2.0")
    assert statuses(folder)["app-layer"] == "built"
    assert (folder / "dist/app.zip").read_bytes() == before
    require(folder, "1.0")
    assert statuses(folder)["app-layer"] == "cached"
    (folder / "onezip.toml").write_text(
        TEXT.replace("layer = true", 'layer = true\nexclude = "!*.txt"') + PLAIN
    )
    assert statuses(folder, "app")["app"] == "built"
    assert sorted(names(folder, "app.zip")) == ["main.py", "requirements.txt"]
    said = onezip(folder, "build", "--plan", "--json")
    assert [each["function"] for each in said.result["functions"]] == ["app", "app-layer", "plain"]
    assert onezip(folder, "build", "app-layers").code == 2


@pytest.mark.ring2
def test_the_short_answer_has_the_layer(folder: Path) -> None:
    """Where times tell all, nothing is parsed or imported, and a function's layer is told all the same."""
    assert onezip(folder, "build").code == 0
    time.sleep(2.1)  # what changed just now has to be read once more
    assert onezip(folder, "build").code == 0
    said = onezip(folder, "build", "app", "--quiet", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert (said.code, said.out.split()) == (0, ["dist/app.zip", "dist/app-layer.zip"])
    assert "onezip.builder.unchanged" in said.err
    assert "onezip.model.function" not in said.err


def test_locked(folder: Path) -> None:
    assert onezip(folder, "lock", "app-layer").code == 0
    text = (folder / "onezip.lock").read_text()
    assert "[functions.app]" in text
    assert "[functions.app-layer]" in text
    assert onezip(folder, "build", "--locked").code == 0
    for name in ("app", "app-layer"):
        said = onezip(folder, "hash", name, "--json")
        assert (said.code, said.result["from"]) == (0, "lock")
        assert onezip(folder, "explain", name).code == 0
    make_wheel(folder / "wheels", "tiny", "1.0", {"tiny/__init__.py": "VALUE = 'changed'\n"})
    (folder / "pylock.app.toml").unlink(missing_ok=True)
    said = onezip(folder, "build", "--locked", "--json")
    assert said.code != 0
    (folder / "onezip.toml").write_text(TEXT.replace("layer = true", ""))
    assert onezip(folder, "lock").code == 0
    assert "app-layer" not in (folder / "onezip.lock").read_text()


@pytest.mark.ring2
def test_verified(folder: Path) -> None:
    said = onezip(folder, "verify", "--json")
    assert said.code == 0, said.out + said.err
    assert [each["function"] for each in said.result["functions"]] == ["app", "app-layer"]


def test_the_functions_own_project_stays_with_its_code(folder: Path) -> None:
    """It becomes a wheel, and still it is no dependency."""
    make_project(folder, "shop", {"shop/__init__.py": "from tiny import VALUE\n"}, needs=["tiny==1.0"])
    (folder / "pyproject.toml").write_text(
        (folder / "pyproject.toml").read_text() + '[tool.uv]\nno-index = true\nfind-links = ["wheels"]\n'
    )
    (folder / "app/requirements.txt").write_text("--no-index\n--find-links ../wheels\n..\n")
    (folder / "app/main.py").write_text("from shop import VALUE\ndef handler(event, context): return VALUE\n")
    said = onezip(folder, "build", "--json")
    assert said.code == 0, said.out
    assert {"main.py", "shop/__init__.py", "shop-1.0.dist-info/METADATA"} <= set(names(folder, "app.zip"))
    assert not any("tiny" in name for name in names(folder, "app.zip"))
    assert "python/tiny/__init__.py" in names(folder, "app-layer.zip")
    assert not any("shop" in name for name in names(folder, "app-layer.zip"))
    make_project(folder, "shop", {"shop/__init__.py": "VALUE = 1\n"})
    said = onezip(folder, "build", "--json")
    assert (said.code, said.result["failed"]) == (4, ["app-layer"])
    assert codes(said)[-1] == (
        "python.layer", "app: layer = true, and all that was installed is its own project",
    )  # fmt: skip


def test_checked_together(folder: Path) -> None:
    """The layer's modules are found, others are missed for sure, and both sizes count."""
    said = onezip(folder, "check", "--json")
    assert said.code == 0, said.out
    assert [each["zip"] for each in said.result["zips"]] == ["dist/app.zip", "dist/app-layer.zip"]
    assert [each["findings"] for each in said.result["zips"]] == [[], []]
    rest = 250 * 1024 * 1024
    said = onezip(folder, "check", "--json", "--layers-size", str(rest - 200))
    assert {each["code"] for each in said.result["zips"][0]["findings"]} == {"check.size-unzipped"}
    path = folder / "app/main.py"
    path.write_text("import tiny.parts\n" + path.read_text())
    said = onezip(folder, "check", "--json")
    (found,) = said.result["zips"][0]["findings"]
    assert (said.code, found["code"], found["severity"]) == (1, "check.python-import", "error")
    path.write_text("import other\n" + path.read_text())
    said = onezip(folder, "check", "--json")
    found = said.result["zips"][0]["findings"][0]
    assert "'other', which is not in the zip, its layer, Python 3.13 or Lambda's runtime" in found["message"]


def test_run_here(folder: Path) -> None:
    said = onezip(folder, "invoke", "app", "--quiet")
    assert said.code == 0, said.err
    answer = json.loads(said.out)
    assert answer["value"] == 1.0
    assert answer["file"].endswith("/python/tiny/__init__.py")
    (folder / "app/requirements.txt").write_text("tiny\n--no-index\n--find-links nowhere\n")
    assert onezip(folder, "invoke", "app").code == 2  # without its layer it is not started


@pytest.mark.parametrize(
    ("text", "requirements", "code", "message"),
    [
        pytest.param(
            TEXT, "", "python.layer", "app: layer = true, and it has no dependencies to put into a layer",
            id="no dependencies",
        ),
        pytest.param(
            '[functions.go]\nsource = "app"\nlayer = true\n', "", "project.value",
            "functions.go: layer splits off Python dependencies, and a go function has none", id="Go",
        ),
        pytest.param(
            TEXT + PLAIN.replace("functions.plain", "functions.app-layer"), "tiny", "project.value",
            "functions.app: its layer would be called app-layer, as another function is", id="a name twice",
        ),
        pytest.param(
            TEXT.replace("true", 'true\nlayers = ["a", "b", "c", "d", "e"]'), "tiny", "project.value",
            "functions.app: 5 layers and one of its own; Lambda allows 5", id="six",
        ),
    ],
)  # fmt: skip
def test_mistakes(folder: Path, text: str, requirements: str, code: str, message: str) -> None:
    (folder / "onezip.toml").write_text(text)
    (folder / "app/requirements.txt").write_text(requirements)
    said = onezip(folder, "build", "--json")
    assert (said.code, codes(said)) == (2, [(code, message)])
    assert said.diagnostics[0]["hint"]
