"""`onezip lock` and the builds that follow it: real resolutions, of wheels made here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from builder.python_driver import make_project, make_wheel, needs_uv
from onezip.builder.engine import build
from onezip.builder.locker import LockOutcome, lock
from onezip.config.load import load_project
from onezip.errors import Diagnostic, OnezipError

pytestmark = needs_uv

Said = list[Diagnostic]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONEZIP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "onezip.toml").write_text(
        '[functions.api]\nsource = "src"\nruntime = "python3.13"\nhandler = "app.handler"\n'
    )
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    make_wheel(folder / "wheels", "demo", "1.0", {"demo.py": "1"}, needs=["extra"])
    make_wheel(folder / "wheels", "extra", "1.0", {"extra.py": "1"})
    wants(folder, "demo")
    return folder


def wants(folder: Path, *lines: str) -> None:
    text = "\n".join(("--no-index", "--find-links ../wheels", *lines, ""))
    (folder / "src" / "requirements.txt").write_text(text)


def locked(folder: Path, *, upgrade: bool = False) -> str:
    """Lock everything; the pylock file's text."""
    outcome: LockOutcome = lock(
        load_project(str(folder)), upgrade=upgrade, report=lambda _: None, listen=lambda _: None
    )
    assert outcome.failed == ()
    return (folder / "pylock.api.toml").read_text()


def built(folder: Path, said: Said | None = None) -> str:
    """Build everything; the digest of the zip."""
    outcome = build(load_project(str(folder)), report=said.append if said is not None else None)
    for _, error in outcome.failed:
        raise error
    return str(outcome.built[0].record["sha256"])


def failure(folder: Path) -> tuple[str, str, str, str]:
    with pytest.raises(OnezipError) as caught:
        built(folder)
    [told] = caught.value.diagnostics()
    return told.code, str(told.place), told.message, told.hint


def elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone with an empty home."""
    monkeypatch.setenv("ONEZIP_HOME", str(tmp_path / "another"))
    copy = tmp_path / "a clone with spaces" / "shop"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("dist"))
    return copy


def test_a_lock_pins_what_came_first(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: Said = []
    assert built(project, said) == built(project)
    assert [each.code for each in said] == ["python.unpinned"]
    text = locked(project)
    lockfile = (project / "onezip.lock").read_text()
    assert 'pylock = "pylock.api.toml"' in lockfile
    assert str(project) not in text
    said.clear()
    first = built(project, said)
    assert said == []

    make_wheel(project / "wheels", "extra", "2.0", {"extra.py": "2"})
    assert built(project) == first
    copy = elsewhere(project, tmp_path, monkeypatch)
    assert built(copy) == first
    assert locked(project) == text
    assert (project / "onezip.lock").read_text() == lockfile
    assert 'version = "2.0"' in locked(project, upgrade=True)
    assert built(project) != first


def test_the_lock_goes_with_its_requirements(project: Path) -> None:
    locked(project)
    wants(project, "# a comment changes nothing", "demo")
    built(project)
    wants(project, "demo<2")
    stale = ("lock.stale", "pylock.api.toml")
    told = (*stale, "the requirements of api changed since `onezip lock`", "run `onezip lock api`")
    assert failure(project) == told
    settings = (project / "onezip.toml").read_text()
    wants(project, "demo")
    built(project)
    (project / "onezip.toml").write_text(settings.replace("3.13", "3.12"))
    assert failure(project) == told
    (project / "onezip.toml").write_text(settings + 'architecture = "arm64"\n')
    assert failure(project) == told
    (project / "onezip.toml").write_text(settings)
    (project / "pylock.api.toml").unlink()
    missing = "onezip.lock names it, and it is not there"
    assert failure(project) == (*stale, missing, "run `onezip lock api`")
    locked(project)
    built(project)


def test_hashes_need_no_lock(project: Path) -> None:
    import hashlib

    locked(project)
    files = sorted((project / "wheels").iterdir())
    lines = [
        f"{path.name.partition('-')[0]}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in files
    ]
    wants(project, *lines)
    (project / "pylock.api.toml").unlink()
    built(project)
    lock(load_project(str(project)), report=lambda _: None, listen=lambda _: None)
    assert "pylock" not in (project / "onezip.lock").read_text()


def test_another_wheel_under_a_locked_name_is_refused(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked(project)
    first = built(project)
    make_wheel(project / "wheels", "more", "1.0", {"more.py": "what is not asked for does not count"})
    assert built(project) == first
    project = elsewhere(project, tmp_path, monkeypatch)
    make_wheel(project / "wheels", "extra", "1.0", {"extra.py": "another"})
    code, _, message, _ = failure(project)
    assert code == "build.failed"
    assert "extra" in message
    assert "hash" in message


def test_a_local_project_is_locked_with_what_it_needs(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_project(project / "lib", "lib", {"lib.py": "x = 1\n"}, needs=["extra"])
    wants(project, "demo", "-e ../lib")
    text = locked(project)
    assert 'name = "lib"' not in text
    assert 'name = "extra"' in text
    first = built(project)
    assert built(elsewhere(project, tmp_path, monkeypatch)) == first
    assert locked(project) == text

    make_project(project / "lib", "lib", {"lib.py": "x = 2\n"}, needs=["extra"])
    second = built(project)
    assert second != first
    make_project(project / "lib", "lib", {"lib.py": "x = 2\n"}, needs=["extra", "demo"])
    assert failure(project)[0] == "lock.stale"


def test_a_wheel_that_uv_does_not_choose_is_locked_by_where_it_is(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (project / "onezip.toml").read_text()
    (project / "onezip.toml").write_text(settings.replace("3.13", "3.11"))
    make_wheel(project / "wheels", "odd", "1.0", {"odd.py": ""}, tag="cp311-cp311-manylinux_2_24_x86_64")
    wants(project, "odd")
    assert 'path = "wheels/odd-1.0-cp311-cp311-manylinux_2_24_x86_64.whl"' in locked(project)
    first = built(project)
    assert built(elsewhere(project, tmp_path, monkeypatch)) == first


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("[[packages]]", "[[packages"), "python.requirements"),
        (lambda text: text.replace('lock-version = "1.0"', 'lock-version = "2.0"'), "python.requirements"),
        (lambda text: text.replace("sha256 =", "sha512 ="), "python.requirements"),
        (lambda text: text.replace("[tool.onezip]", "[tool.other]"), "lock.stale"),
    ],
)
def test_a_spoiled_pylock_is_told(project: Path, change: Callable[[str], str], code: str) -> None:
    text = locked(project)
    (project / "pylock.api.toml").write_text(change(text))
    told = failure(project)
    assert (told[0], told[1]) == (code, "pylock.api.toml")


def test_two_functions_have_a_file_each(project: Path) -> None:
    settings = (project / "onezip.toml").read_text()
    both = settings + settings.replace("functions.api", "functions.job").replace("3.13", "3.12")
    (project / "onezip.toml").write_text(both)
    locked(project)
    names: Sequence[str] = sorted(path.name for path in project.glob("pylock.*"))
    assert names == ["pylock.api.toml", "pylock.job.toml"]
    assert 'requires-python = ">=3.12' in (project / "pylock.job.toml").read_text()
