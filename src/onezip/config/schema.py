"""Every table and key of a project file: data that the parser, the docs and the messages share.

A key that is known but has no code yet stands in NOT_YET, and is refused with that word.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from onezip.limits import MEMORY, TIMEOUT, TMP


class Kind(StrEnum):
    """What a value must be."""

    TEXT = "a string"
    NUMBER = "a whole number"
    SWITCH = "true or false"
    TEXTS = "a list of strings"
    WORDS = "a string or a list of strings"
    MAP = "a table of strings"
    TABLE = "a table"
    TABLES = "a table of tables"
    FRONTS = "a table or a list of tables"


class Key(NamedTuple):
    """One key: its kind, what it means (for the docs), and what bounds it. table names a key's own keys."""

    kind: Kind
    doc: str
    choices: tuple[str, ...] = ()
    limits: tuple[int, int] | None = None
    unit: str = ""
    table: str = ""


GO = {
    "package": Key(Kind.TEXT, "the main package, relative to `source`; `.` by default"),
    "version": Key(Kind.TEXT, "the exact Go version, such as `1.26.8`; overrides go.mod"),
    "tags": Key(Kind.WORDS, "build tags beside `lambda.norpc`"),
    "ldflags": Key(Kind.WORDS, 'linker flags beside `-s -w -buildid=`, such as `["-X main.version=1.2"]`'),
    "gcflags": Key(Kind.WORDS, "compiler flags"),
    "cgo": Key(Kind.SWITCH, "compile C code too, against the runtime's glibc"),
}

PYTHON = {
    "requirements": Key(
        Kind.TEXT,
        "the file with the dependencies, relative to `source`: requirements, a lock or pyproject.toml;"
        " looked for where it is not said, none where it is empty",
    ),
    "constraints": Key(Kind.WORDS, "constraints files, relative to `source`"),
    "extras": Key(Kind.WORDS, "extras of the project's own pyproject.toml"),
    "groups": Key(Kind.WORDS, "dependency groups of the project's own pyproject.toml"),
    "allow_sdist": Key(Kind.WORDS, "distributions that may be built from source"),
    "parent_packages": Key(
        Kind.TEXT, "the packages, with dots, that `source` becomes in the zip, such as `shop.orders`"
    ),
}

COMMAND = {
    "run": Key(Kind.WORDS, "the program and its arguments; runs in `source`, no shell"),
    "inputs": Key(Kind.WORDS, "gitignore-style patterns of the files whose content decides the result"),
    "output": Key(
        Kind.TEXT, "what the command leaves: a folder with the zip's content, or the bootstrap itself"
    ),
}

DEBUG = {
    "port": Key(Kind.NUMBER, "the debugger's port", limits=(1, 65_535)),
    "wait": Key(Kind.SWITCH, "wait for a debugger before the first invocation"),
}

HTTP = {
    "type": Key(
        Kind.TEXT,
        "which service stands before the function; `http` by default",
        choices=("rest", "http", "http-v1", "alb", "alb-multi", "url"),
    ),
    "routes": Key(
        Kind.WORDS, "such as `GET /orders/{id}`, `ANY /{proxy+}` or `$default`; every request by default"
    ),
    "stage": Key(Kind.TEXT, "the stage; `$default` by default"),
    "base_path": Key(Kind.TEXT, "a path before every route"),
    "host": Key(Kind.TEXT, "the host name this front answers to"),
    "stage_variables": Key(Kind.MAP, "the stage's variables"),
    "binary_types": Key(Kind.WORDS, "binary media types (REST API)"),
    "cors": Key(Kind.TABLE, "cross-origin rules", table="cors"),
    "timeout": Key(
        Kind.NUMBER,
        "how long the front waits; 29 s (`rest`) or 30 s (`http`) by default",
        unit="s",
        limits=(1, 900),
    ),
    "streaming": Key(
        Kind.SWITCH, "RESPONSE_STREAM (function URL): the reply is sent while the function writes it"
    ),
    "authorizer": Key(Kind.TEXT, "the authorizer of every route that names none"),
    "authorizers": Key(Kind.TABLES, "the authorizers by name", table="authorizer"),
    "api_key": Key(Kind.SWITCH, "whether a request needs a key in `x-api-key` (REST API)"),
}

CORS = {
    "origins": Key(Kind.WORDS, "allowed origins"),
    "methods": Key(Kind.WORDS, "allowed methods"),
    "headers": Key(Kind.WORDS, "allowed request headers"),
    "expose": Key(Kind.WORDS, "response headers a page may read"),
    "credentials": Key(Kind.SWITCH, "whether cookies may travel"),
    "max_age": Key(Kind.NUMBER, "how long a preflight answer holds", unit="s", limits=(0, 86_400)),
    "authorizer": Key(Kind.TEXT, "the authorizer that judges preflights, too (REST API)"),
}

AUTHORIZER = {
    "type": Key(
        Kind.TEXT,
        "the kind of authorizer",
        choices=("token", "request", "cognito", "http-v1", "http-v2", "jwt", "iam"),
    ),
    "function": Key(Kind.TEXT, "the authorizer function of this project"),
    "sources": Key(Kind.WORDS, "identity sources in the service's own words"),
    "validation": Key(Kind.TEXT, "a regular expression the token must match"),
    "simple": Key(Kind.SWITCH, "simple responses (HTTP API 2.0)"),
    "ttl": Key(Kind.NUMBER, "how long an answer is cached", unit="s", limits=(0, 3600)),
    "issuer": Key(Kind.TEXT, "JWT, Cognito: the issuer; `*` takes any, its keys are then said in `jwks`"),
    "audience": Key(Kind.WORDS, "JWT: the audiences; `*` takes any"),
    "scopes": Key(Kind.WORDS, "JWT, Cognito: the scopes a route asks for"),
    "jwks": Key(
        Kind.TEXT, "JWT, Cognito: the key set, a file or an https address; the issuer names one by default"
    ),
}

DEPLOY = {
    "function_name": Key(Kind.TEXT, "the function's name in AWS"),
    "region": Key(Kind.TEXT, "the Region"),
    "profile": Key(Kind.TEXT, "the profile of the AWS configuration"),
    "role": Key(Kind.TEXT, "the execution role, by name or ARN"),
    "alias": Key(Kind.TEXT, "the alias that follows a new version"),
    "canary": Key(Kind.TEXT, "the share of calls a new version gets first, such as `10%`"),
    "publish": Key(Kind.SWITCH, "publish a version when something versionable changed"),
    "bucket": Key(Kind.TEXT, "the bucket for zips above 50 MB"),
    "prefix": Key(Kind.TEXT, "what stands before the digest in an S3 key"),
    "reference": Key(Kind.SWITCH, "leave the code in S3 (S3ObjectStorageMode REFERENCE)"),
    "subnets": Key(Kind.WORDS, "the VPC's subnets"),
    "security_groups": Key(Kind.WORDS, "the VPC's security groups"),
    "url": Key(Kind.TEXT, "a function URL", choices=("NONE", "AWS_IAM")),
    "tags": Key(Kind.MAP, "the function's tags"),
    "environment": Key(Kind.TEXT, "how variables meet deployed ones", choices=("merge", "replace")),
    "tracing": Key(Kind.TEXT, "the tracing mode", choices=("Active", "PassThrough")),
    "logging": Key(Kind.MAP, "LoggingConfig"),
    "concurrency": Key(Kind.NUMBER, "reserved concurrent executions", limits=(0, 1_000_000)),
    "code_only": Key(Kind.SWITCH, "leave the configuration to others"),
    "keep": Key(Kind.NUMBER, "how many versions pruning leaves", limits=(1, 10_000)),
}

FUNCTION = {
    "source": Key(Kind.TEXT, "the folder with the code, or the ready executable; required"),
    "language": Key(
        Kind.TEXT,
        "told from the runtime and the source where it is not said",
        choices=("go", "python", "prebuilt", "command"),
    ),
    "runtime": Key(Kind.TEXT, "AWS's runtime identifier; `provided.al2023` for Go and prebuilt"),
    "architecture": Key(Kind.TEXT, "AWS's default is `x86_64`", choices=("x86_64", "arm64")),
    "handler": Key(Kind.TEXT, "`module.function` for Python; `bootstrap` otherwise"),
    "memory": Key(Kind.NUMBER, "MemorySize; 128 by default", limits=MEMORY, unit="MB"),
    "timeout": Key(Kind.NUMBER, "Timeout; 3 by default", limits=TIMEOUT, unit="s"),
    "tmp": Key(Kind.NUMBER, "EphemeralStorage; 512 by default", limits=TMP, unit="MB"),
    "environment": Key(Kind.MAP, "the function's environment variables"),
    "include": Key(Kind.WORDS, "gitignore-style patterns; only what matches goes in"),
    "exclude": Key(Kind.WORDS, "gitignore-style patterns that stay out; `!name` brings one back"),
    "files": Key(Kind.MAP, 'extra files: `"source" = "destination"`'),
    "compression": Key(Kind.TEXT, "level 6, level 12, or stored", choices=("default", "max", "none")),
    "pass_env": Key(Kind.WORDS, "variables of the caller that the build may see"),
    "description": Key(Kind.TEXT, "the function's description"),
    "budget": Key(Kind.NUMBER, "largest size of the zip", limits=(1, 2**40), unit="bytes"),
    "ignore": Key(Kind.MAP, 'rules of `onezip check` to pass over: `"code" = "reason"`'),
    "layer": Key(Kind.SWITCH, "a Python function's dependencies in a layer of their own"),
    "layers": Key(Kind.WORDS, "layer version ARNs"),
    "go": Key(Kind.TABLE, "how Go builds it", table="go"),
    "python": Key(Kind.TABLE, "where its dependencies are described", table="python"),
    "command": Key(Kind.TABLE, "a build of your own", table="command"),
    "http": Key(Kind.FRONTS, "the HTTP fronts", table="http"),
    "deploy": Key(Kind.TABLE, "its place in AWS", table="deploy"),
    "debug": Key(Kind.TABLE, "how a debugger reaches it", table="debug"),
}

PROJECT = {
    "go": Key(Kind.TEXT, "the exact Go version of every function, such as `1.26.8`"),
    "defaults": Key(Kind.TABLE, "keys of a function that every function shares", table="function"),
    "functions": Key(Kind.TABLES, "the functions by name", table="function"),
    "stages": Key(Kind.TABLES, "overrides by stage", table="stage"),
}

STAGE = {**FUNCTION, "functions": Key(Kind.TABLES, "what differs in single functions", table="function")}

TABLES: Mapping[str, Mapping[str, Key]] = {
    "project": PROJECT,
    "function": FUNCTION,
    "go": GO,
    "python": PYTHON,
    "command": COMMAND,
    "http": HTTP,
    "cors": CORS,
    "authorizer": AUTHORIZER,
    "deploy": DEPLOY,
    "debug": DEBUG,
    "stage": STAGE,
}

NOT_YET = frozenset({
    ("function", "debug"),
    ("stage", "debug"),
})  # fmt: skip
"""(table, key) pairs that are known and have no code yet. Delete a row with the commit that adds it."""

INSTEAD = {
    ("architecture", "amd64"): "x86_64",
    ("architecture", "x64"): "x86_64",
    ("architecture", "x86-64"): "x86_64",
    ("architecture", "aarch64"): "arm64",
    ("architecture", "arm"): "arm64",
}
"""Words that others use for a value, and AWS's word for it."""

SPELLINGS = {
    "memory_size": "memory", "memorysize": "memory", "env": "environment", "variables": "environment",
    "arch": "architecture", "architectures": "architecture", "code_uri": "source", "codeuri": "source",
    "src": "source", "path": "source", "ephemeral_storage": "tmp", "ephemeralstorage": "tmp",
    "size": "memory", "entrypoint": "handler", "function": "functions", "default": "defaults",
    "golang": "go", "requirement": "requirements",
    "role_arn": "role", "tag": "tags", "s3_bucket": "bucket", "s3_prefix": "prefix", "name": "function_name",
    "vpc_subnets": "subnets", "subnet_ids": "subnets", "security_group_ids": "security_groups",
    "tracing_config": "tracing", "logging_config": "logging", "reserved_concurrency": "concurrency",
    "stage": "stages",
}  # fmt: skip
"""Keys that other tools use, and ours."""
