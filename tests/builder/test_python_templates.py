"""Python functions of a SAM template, built for real and called: parent packages, and what is not theirs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from builder.python_driver import needs_uv
from builder.test_python_samples import BUILDS, HANDLER, LINKS, NO_INDEX, PROJECT, answers, shop, write
from onezip.config.load import load_project

__all__ = ["shop"]

pytestmark = needs_uv

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: {{{metadata}}}
    Properties: {{Runtime: python3.13, CodeUri: {code}, Handler: {handler}}}
"""
SIBLING = (
    "from .words import WORD\nimport demo\n\ndef handler(event, context):\n    return WORD + demo.WORD\n"
)


def template(code: str, handler: str, metadata: str = "") -> dict[str, str]:
    return {"template.yaml": TEMPLATE.format(code=code, handler=handler, metadata=metadata)}


def names(folder: Path) -> list[str]:
    with zipfile.ZipFile(folder / "dist/F.zip") as file:
        return [name for name in file.namelist() if not name.startswith(("demo-", "demo_data"))]


@pytest.mark.parametrize("mode", ["auto", "explicit, ParentPackages: shop.orders"])
def test_the_code_goes_below_its_parent_packages(shop: Path, mode: str) -> None:
    metadata = f"BuildProperties: {{ParentPackageMode: {mode}}}"
    write(
        shop,
        {
            **template("src/shop/orders/", "shop.orders.app.handler", metadata),
            "src/shop/orders/app.py": SIBLING,
            "src/shop/orders/words.py": "WORD = 'orders '\n",
            "src/shop/orders/requirements.txt": LINKS.format(up="../../../") + "demo==1.0\n",
            "src/shop/other.py": "",
        },
    )
    assert answers(shop) == {"F": "orders demo 1.0"}
    code = ["shop/orders/app.py", "shop/orders/requirements.txt", "shop/orders/words.py"]
    assert names(shop) == ["demo.py", *code]


def test_a_project_file_says_the_same(shop: Path) -> None:
    toml = (
        '[functions.F]\nsource = "code"\nhandler = "shop.app.handler"\nruntime = "python3.13"\n'
        'python.parent_packages = "shop"\n'
    )
    app = "from .words import WORD\n\ndef handler(event, context):\n    return WORD\n"
    write(shop, {"onezip.toml": toml, "code/app.py": app, "code/words.py": "WORD = 'here'\n"})
    assert answers(shop) == {"F": "here"}
    assert names(shop) == ["shop/app.py", "shop/words.py"]


def test_a_project_above_the_code_is_not_built(shop: Path) -> None:
    """Its backend is not there, so that its build would fail."""
    app = "def handler(event, context):\n    return 'alone'\n"
    project = f"{PROJECT}dependencies = ['demo']\n{BUILDS}"
    write(shop, {**template("src/foo/", "app.handler"), "src/foo/app.py": app, "pyproject.toml": project})
    assert answers(shop) == {"F": "alone"}
    assert names(shop) == ["app.py"]
    said = "F: nothing in src/foo describes dependencies, and pyproject.toml above it does not count"
    assert load_project(str(shop)).notes == (said,)


def test_a_project_that_is_packed_as_it_stands_is_not_built(shop: Path) -> None:
    """The handler is found where the parent packages put it; the project's backend is not there."""
    write(
        shop,
        {
            **template("shop/", "shop.app.handler", "BuildProperties: {ParentPackageMode: auto}"),
            "shop/app.py": HANDLER.format(name="demo"),
            "shop/pyproject.toml": f"{PROJECT}dependencies = ['demo<2']\n{BUILDS}{NO_INDEX.format(up='../')}",
        },
    )
    assert answers(shop) == {"F": "demo 1.0"}
    assert "shop/app.py" in names(shop)


def test_python_uv_builds_by_the_project_beside_the_code(shop: Path) -> None:
    write(
        shop,
        {
            **template("foo/", "app.handler", "BuildMethod: python-uv"),
            "foo/app.py": HANDLER.format(name="demo"),
            "foo/pyproject.toml": f"{PROJECT}dependencies = ['demo<2']\n{NO_INDEX.format(up='../')}",
            "foo/requirements.txt": LINKS.format(up="../") + "demo==2.0\n",
        },
    )
    assert answers(shop) == {"F": "demo 1.0"}
