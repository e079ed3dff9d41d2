"""What a project says of a function's place in AWS; None means: not ours to touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """The execution role, by name or ARN; create makes it with the basic policy where it is missing."""

    name: str
    create: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias; canary is the share (0 to 1) of calls that the new version gets first."""

    name: str
    canary: float | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """The VPC part of the configuration."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    ipv6: bool = False


@dataclass(frozen=True, slots=True)
class Url:
    """A function URL: auth is NONE or AWS_IAM."""

    auth: str = "AWS_IAM"
    streaming: bool = False


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where large zips go: keys are prefix + sha256 + `.zip`; reference leaves the code there."""

    name: str
    prefix: str = ""
    reference: bool = False


@dataclass(frozen=True, slots=True)
class Deploy:
    """`[functions.X.deploy]`. function_name is the name in AWS where it is not the project's.

    environment says whether the described variables are merged into the deployed ones or replace them;
    keep is the number of versions that pruning leaves. described are the settings that the project file
    speaks of (`memory`, `description`, `role`): only these are compared and set in a function that is there.
    """

    function_name: str | None = None
    region: str | None = None
    profile: str | None = None
    role: Role | None = None
    alias: Alias | None = None
    publish: bool = False
    network: Network | None = None
    url: Url | None = None
    bucket: Bucket | None = None
    tags: Mapping[str, str] | None = None
    environment: str = "merge"
    tracing: str | None = None
    logging: Mapping[str, str] | None = None
    concurrency: int | None = None
    code_only: bool = False
    keep: int | None = None
    described: frozenset[str] = frozenset()
