from pathlib import Path

from lint.made import HANDLER, File, look, of, one, python, write
from onezip.archive.lint import largest
from onezip.archive.reader import read
from onezip.errors import Severity

MB = 1 << 20


def test_the_largest_are_packages_not_folders(tmp_path: Path) -> None:
    files = {
        "numpy/core.so": bytes(3000),
        "numpy.libs/blas.so": bytes(2000),
        "numpy-2.1.0.dist-info/METADATA": bytes(100),
        "app.py": bytes(50),
        "assets/a": bytes(4000),
        "assets/b/c": bytes(10),
    }
    assert largest(read(str(write(tmp_path / "a.zip", files)))) == [
        ("numpy/", 5100),
        ("assets/", 4010),
        ("app.py", 50),
    ]


def test_one_folder_is_opened(tmp_path: Path) -> None:
    files = {"python/lib/a/x": bytes(5), "python/lib/b": bytes(6)}
    assert largest(read(str(write(tmp_path / "a.zip", files)))) == [("python/lib/b", 6), ("python/lib/a/", 5)]
    assert largest(read(str(write(tmp_path / "b.zip", {})))) == []
    deep = "/".join("abcdefghijkl")
    assert largest(read(str(write(tmp_path / "c.zip", {deep: b"x"})))) == [("a/b/c/d/e/f/g/h/i/", 1)]


def test_the_limit_tells_what_is_largest(tmp_path: Path) -> None:
    files = {"models/big": bytes(9 * MB), "models/small": bytes(MB)}
    found = one(python(tmp_path / "a.zip", files, layers=241 * MB), "check.size-unzipped")
    assert found.prevents.endswith("Unzipped size must be smaller than 262144000 bytes")
    assert "with 241.0 MB of layers" in found.message
    assert "'models/' 10.0 MB" in found.message


def test_the_limit_itself_is_fine(tmp_path: Path) -> None:
    rest = 250 * MB - len(HANDLER)
    assert not of(python(tmp_path / "a.zip", {}, layers=rest), "check.size-unzipped")
    assert of(python(tmp_path / "b.zip", {}, layers=rest + 1), "check.size-unzipped")


def test_a_budget_is_of_the_zip(tmp_path: Path) -> None:
    size = write(tmp_path / "a.zip", {"app.py": HANDLER}).stat().st_size
    assert not look(tmp_path / "a.zip", budget=size).failed
    report = look(tmp_path / "a.zip", budget=size - 1)
    found = one(report, "check.size-budget")
    assert report.failed
    assert "1 more than the budget" in found.message


def test_what_grew_is_named(tmp_path: Path) -> None:
    files = {"numpy/a": bytes(MB), "boto/x": bytes(2 * MB), "same/x": bytes(10)}
    sizes = {"numpy/a": MB // 2, "same/x": 10, "gone/x": 5, "app.py": len(HANDLER)}
    found = one(python(tmp_path / "a.zip", files, sizes=sizes), "check.size-grown")
    assert found.severity is Severity.NOTE
    assert "'boto/' is new with 2.0 MB, 'numpy/' grew by 512.0 KB" in found.message
    assert "same" not in found.message


def test_a_lock_may_know_folders_only(tmp_path: Path) -> None:
    files = {"numpy/a": bytes(MB), "numpy/b/c": bytes(MB)}
    found = one(python(tmp_path / "a.zip", files, sizes={"numpy/": MB, "app.py": 50}), "check.size-grown")
    assert "'numpy/' grew by 1.0 MB" in found.message
    same = {"numpy/": 2 * MB, "app.py": 50}
    assert not of(python(tmp_path / "b.zip", files, sizes=same), "check.size-grown")


def test_little_growth_is_no_growth(tmp_path: Path) -> None:
    assert not of(python(tmp_path / "a.zip", {"x": bytes(60_000)}, sizes={}), "check.size-grown")
    sizes = {"x": 10 * MB, "app.py": 48}
    assert not of(
        python(tmp_path / "b.zip", {"x": bytes(10 * MB + 900_000)}, sizes=sizes), "check.size-grown"
    )


def test_folders_and_links_have_no_size(tmp_path: Path) -> None:
    files = {"lib/": File(mode=0o040755), "lib/x": File(b"y", 0o120777)}
    assert largest(read(str(write(tmp_path / "a.zip", files)))) == []
