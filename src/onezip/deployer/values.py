"""What a plan is made from and what it is: frozen values, in AWS's words where AWS has one.  [pure]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onezip.archive.manifest import code_sha256
from onezip.model.deploy import Bucket


@dataclass(frozen=True, slots=True)
class Archive:
    """A finished zip: where it lies, its size in bytes, its hex SHA-256."""

    path: str
    size: int
    sha256: str

    @property
    def code_sha256(self) -> str:
        """AWS's CodeSha256 of it."""
        return code_sha256(self.sha256)


@dataclass(frozen=True, slots=True)
class AliasState:
    """An alias as it is: the version it points to, and the shares of others (version -> 0 to 1)."""

    name: str
    version: str
    revision: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function as AWS tells it.

    configuration is FunctionConfiguration of $LATEST. tags, concurrency, url and versions are what was read
    of them, None where nothing was; a function without URL has "", without reserved concurrency -1. versions
    are FunctionConfigurations, oldest first. signed_from is the CodeSha256 of the zip that the deployed one
    was signed from, where that was found out.
    """

    configuration: Mapping[str, Any] = field(repr=False)
    alias: AliasState | None = None
    versions: tuple[Mapping[str, Any], ...] | None = field(default=None, repr=False)
    tags: Mapping[str, str] | None = None
    concurrency: int | None = None
    url: str | None = None
    signed_from: str = ""

    @property
    def signed(self) -> bool:
        """Whether the code of $LATEST bears a signature of AWS Signer's."""
        return bool(self.configuration.get("SigningProfileVersionArn"))

    @property
    def arn(self) -> str:
        """The function's ARN without a version."""
        return str(self.configuration.get("FunctionArn", ""))

    @property
    def revision(self) -> str:
        """The RevisionId that guards every act."""
        return str(self.configuration.get("RevisionId", ""))

    @property
    def code_sha256(self) -> str:
        """CodeSha256 of $LATEST."""
        return str(self.configuration.get("CodeSha256", ""))

    @property
    def architecture(self) -> str:
        """The instruction set; x86_64 where AWS says none."""
        return str((self.configuration.get("Architectures") or ["x86_64"])[0])


@dataclass(frozen=True, slots=True)
class Difference:
    """One configuration value that differs: AWS's name of it, both sides in words, and what to send.

    The words never hold values of environment variables, and neither does the repr.
    """

    name: str
    old: str
    new: str
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Code:
    """How a zip travels: through a bucket, under a key by its digest, or in the request itself (None)."""

    archive: Archive
    bucket: Bucket | None = None

    @property
    def key(self) -> str:
        """The key in the bucket: the same bytes have the same key."""
        return f"{self.bucket.prefix if self.bucket else ''}{self.archive.sha256}.zip"


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """A version of a layer as AWS tells it: its ARN, CodeSha256, the architectures it is for (empty where it
    does not say), whether it bears a signature of AWS Signer's. signed_from is as in Deployed.
    """

    arn: str
    code_sha256: str
    architectures: tuple[str, ...] = ()
    signed: bool = False
    signed_from: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """A function's own layer: its name in AWS, its zip, and the ARN of a version with these bytes, or with
    these files and a signature; empty where none was found. used is the version that the function uses.
    """

    name: str
    archive: Archive
    arn: str = ""
    used: LayerVersion | None = None

    @property
    def reference(self) -> str:
        """How settings name the version: by its ARN, or by this word until it has one."""
        return self.arn or f"{self.name} (a new version)"


@dataclass(frozen=True, slots=True)
class PublishLayer:
    """Publish a version of the function's own layer; reference stands for its ARN until it has one. unsigned
    says that the one in use is signed, and this one is not.
    """

    function: str
    name: str
    code: Code
    runtime: str
    architecture: str
    reference: str
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class CreateFunction:
    """Make the function. role is a name or an ARN; make_role lets it be made where it is missing."""

    code: Code
    architecture: str
    settings: Mapping[str, Any] = field(repr=False)
    role: str
    make_role: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpdateCode:
    """Send the code; architecture is (old, new) where that changes, and travels with it."""

    code: Code
    reason: str
    architecture: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class UpdateConfiguration:
    """Set what differs."""

    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class SetTags:
    """Set these tags; others stay."""

    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SetConcurrency:
    """Reserve concurrent executions."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class SetUrl:
    """Make the function's URL (old is empty), or change who may call it."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish $LATEST as a version."""


@dataclass(frozen=True, slots=True)
class PointAlias:
    """Let an alias point to a version: old is None for a new alias, version None the one just published.

    With a canary the alias stays on its version, and the new one gets that share of the calls.
    """

    name: str
    old: AliasState | None
    version: str | None
    canary: float | None = None


@dataclass(frozen=True, slots=True)
class Prune:
    """Remove the oldest versions but for `keep`, and never one that an alias points to."""

    keep: int


Action = (
    PublishLayer
    | CreateFunction
    | UpdateCode
    | UpdateConfiguration
    | SetTags
    | SetConcurrency
    | SetUrl
    | Publish
    | PointAlias
    | Prune
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one function, in this order. name is the function's in AWS.

    revision is the RevisionId of what the plan was made from, empty for a function that is to be made. layer
    is the function's own layer, where it has one. signed is the CodeSha256 of the deployed code where that is
    the archive once signed, and so stays.
    """

    function: str
    name: str
    archive: Archive
    actions: tuple[Action, ...]
    revision: str = ""
    arn: str = ""
    layer: Layer | None = None
    signed: str = ""

    @property
    def archives(self) -> tuple[Archive, ...]:
        """The zips that are sent: the code, the layer, both or none."""
        return tuple(
            a.code.archive for a in self.actions if isinstance(a, CreateFunction | UpdateCode | PublishLayer)
        )

    @property
    def code(self) -> Code | None:
        """The code that is sent, if any is."""
        sent = (a.code for a in self.actions if isinstance(a, CreateFunction | UpdateCode))
        return next(sent, None)
