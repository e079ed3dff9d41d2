"""Shipments for the exporters, golden texts, and the tools that judge exports."""

from __future__ import annotations

import importlib
import os
from dataclasses import replace
from pathlib import Path

from onezip.deployer.export import EXPORTS
from onezip.deployer.export.base import Exporter
from onezip.deployer.export.facts import Options, Shipment, Shipped, ShippedLayer
from onezip.model.deploy import Alias, Bucket, Deploy, Network, Role, Url

GOLDEN = Path(__file__).parent / "golden"
HELLO = Shipped(
    name="hello",
    runtime="python3.13",
    handler="app.handler",
    architecture="arm64",
    language="python",
    zip="dist/hello.zip",
    sha256="85aa6ef302d38cd7c98ec561c84736d4d4af6910a505f0cfcc1ddfc72657051f",
    code_sha256="hapu8wLTjNfJjsVhyEc21NSvaRClBfDPzB3fxyZXBR8=",
    size=149,
)
"""A function of which the project says nothing but what it has to."""

FULL = Shipped(
    name="get-user",
    runtime="provided.al2023",
    handler="bootstrap",
    architecture="x86_64",
    language="go",
    zip="dist/get-user.zip",
    sha256="0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    code_sha256="Dx4tPEtaaXiHlqW0w9Lh8A8eLTxLWml4h5altMPS4fA=",
    size=4_123_456,
    memory=1024,
    timeout=30,
    tmp=2048,
    description="Finds users: 100% of them, ${all}",
    environment={"TABLE": "users", "GREETING": 'it\'s %{a} "${test}"'},
    layers=("arn:aws:lambda:eu-central-1:123456789012:layer:tools:7",),
    deploy=Deploy(
        function_name="users-get",
        role=Role("users", create=True),
        alias=Alias("live", 0.1),
        network=Network(("subnet-0a1b2c3d",), ("sg-0a1b2c3d",)),
        url=Url("NONE", streaming=True),
        bucket=Bucket("code-of-users", "zips/", reference=True),
        tags={"team": "users", "cost": "12"},
        tracing="Active",
        logging={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"},
        concurrency=5,
    ),
)
"""A function of which the project says everything."""

LAYERED = replace(
    FULL,
    name="app",
    runtime="python3.13",
    handler="main.handler",
    architecture="arm64",
    language="python",
    zip="dist/app.zip",
    deploy=replace(FULL.deploy, function_name="users-app", url=None),
    layer=ShippedLayer(
        name="app-layer",
        layer_name="users-app-layer",
        zip="dist/app-layer.zip",
        sha256="16604c33b4f5638b5f5209d3ba671baeaa4d704924948cb0eebce9ceba15ec2e",
        code_sha256="FmBMM7T1Y4tfUgnTumcbrqpNcEkklIyw7rzpzroV7C4=",
        size=547,
        prefix="zips/",
    ),
)
"""A function whose dependencies are a layer of its own, before another one."""

NAMED = Shipped(
    name="2nd",
    runtime="python3.12",
    handler="a.b.c",
    architecture="x86_64",
    language="python",
    zip="dist/2nd.zip",
    sha256="00" * 32,
    code_sha256="A" * 43 + "=",
    size=1,
    hidden=("API_KEY", "TABLE"),
    deploy=Deploy(role=Role("existing"), publish=True, url=Url()),
)
"""A function of a template: its role is there, and the values of its variables are not ours."""


def shipment(*functions: Shipped, to_root: str = ".") -> Shipment:
    return Shipment(functions or (HELLO, FULL, NAMED), "0.1.0", to_root)


def exported(form: str, of: Shipment, options: Options | None = None) -> str:
    module: Exporter = importlib.import_module(EXPORTS[form].module)
    return module.export(of, options or Options())


def golden(name: str, text: str) -> None:
    """Hold a text against the one that was agreed; ONEZIP_GOLDEN=write agrees to it."""
    path = GOLDEN / name
    if os.environ.get("ONEZIP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
