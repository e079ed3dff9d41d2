"""What exports are made from: functions as their project describes them, zips as onezip.lock knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onezip.model.deploy import Deploy


@dataclass(frozen=True, slots=True)
class ShippedLayer:
    """A function's own layer: its name in the project and in AWS, and its zip as `Shipped` tells of one."""

    name: str
    layer_name: str
    zip: str
    sha256: str = ""
    code_sha256: str = ""
    size: int = 0
    prefix: str = ""
    changes: tuple[str, ...] | None = None

    @property
    def s3_key(self) -> str:
        """Where the zip goes in a bucket."""
        return f"{self.prefix}{self.sha256}.zip"


@dataclass(frozen=True, slots=True)
class Shipped:
    """One function and its zip.

    zip is the zip's path relative to the project's root, with forward slashes. sha256 is hex, code_sha256
    base64 (AWS's CodeSha256), size bytes; empty and 0 for a format that needs no lock. memory and tmp are MB
    (2**20 bytes), timeout is seconds. environment holds variables whose values the project file gives;
    hidden the names of those whose values are not ours to write. changes says what differs from another
    lock: None where there is none to compare with. layer is the function's own, which comes before layers.
    """

    name: str
    runtime: str
    handler: str
    architecture: str
    language: str
    zip: str
    sha256: str = ""
    code_sha256: str = ""
    size: int = 0
    memory: int = 128
    timeout: int = 3
    tmp: int = 512
    description: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    deploy: Deploy = field(default_factory=Deploy)
    changes: tuple[str, ...] | None = None
    layer: ShippedLayer | None = None

    @property
    def zips(self) -> tuple[Shipped | ShippedLayer, ...]:
        """The function, and its own layer after it: each has a name, a zip and digests."""
        return (self,) if self.layer is None else (self, self.layer)

    @property
    def function_name(self) -> str:
        """The function's name in AWS."""
        return self.deploy.function_name or self.name

    @property
    def s3_key(self) -> str:
        """Where the zip goes in a bucket: under its digest, so that other code is another key."""
        prefix = self.deploy.bucket.prefix if self.deploy.bucket else ""
        return f"{prefix}{self.sha256}.zip"

    @property
    def versioned(self) -> bool:
        """Whether versions are published: asked for, or needed by an alias."""
        return self.deploy.publish or self.deploy.alias is not None


def left_out(function: Shipped, form: str) -> list[str]:
    """The keys of `deploy` that a format for whole functions has no place for, and this function has.

    Region, profile, keep and how variables are merged say how onezip deploys, not what is deployed.
    """
    deploy = function.deploy
    found = ["canary"] if deploy.alias and deploy.alias.canary is not None else []
    if form in {"terraform", "sam"} and deploy.bucket and deploy.bucket.reference:
        found.append("reference")
    if form in {"cloudformation", "sam"} and deploy.code_only:
        found.append("code_only")
    if form == "sam" and deploy.publish and not deploy.alias:
        found.append("publish")
    return found


@dataclass(frozen=True, slots=True)
class Shipment:
    """The functions in their order, and where the text will lie.

    to_root leads from the folder of the exported file to the project's root (`.`, `..`, `../..`); zips is the
    folder of the zips relative to the root; version is onezip's own. config is the name of the project file,
    in the root, where a command has to be given it.
    """

    functions: tuple[Shipped, ...]
    version: str
    to_root: str = "."
    zips: str = "dist"
    config: str = ""

    def near(self, path: str) -> str:
        """A path of the project as the exported file has to write it."""
        return path if self.to_root == "." else f"{self.to_root}/{path}"


@dataclass(frozen=True, slots=True)
class Options:
    """What may be asked of a format.

    functions: complete resources, not only facts. aws_provider: the version of hashicorp/aws. bucket: where
    the code is, or will be. object_versions: name versions of S3 objects too.
    """

    functions: bool = False
    aws_provider: str = ""
    bucket: str = ""
    object_versions: bool = False
