"""What `sam build` leaves, `.aws-sam/build/template.yaml`, from the user's template and our zips.

The template's tree is edited, not its values: intrinsics and the text of every scalar stay as they are. As
with SAM, a path that is relative to the template is written relative to the new one (samcli
`_update_relative_paths`); nested stacks get a template of their own.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from onezip.errors import ProjectError
from onezip.model.place import Place

_CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::WebFunction": "CodeUri",
    "AWS::Lambda::Function": "Code",
}
_STACKS = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}

_PATHS: Mapping[str, tuple[str, ...]] = {
    **{kind: (key,) for kind, key in (_CODE | _STACKS).items()},
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Lambda::LayerVersion": ("Content",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::Serverless::GraphQLApi": ("SchemaUri",),
    "AWS::ApiGateway::RestApi": ("BodyS3Location",),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location",),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location",),
    "AWS::AppSync::GraphQLSchema": ("DefinitionS3Location",),
    "AWS::AppSync::Resolver": (
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
        "CodeS3Location",
    ),
    "AWS::AppSync::FunctionConfiguration": (
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
        "CodeS3Location",
    ),
    "AWS::ElasticBeanstalk::ApplicationVersion": ("SourceBundle",),
    "AWS::CloudFormation::ModuleVersion": ("ModulePackage",),
    "AWS::CloudFormation::ResourceVersion": ("SchemaHandlerPackage",),
    "AWS::Glue::Job": ("Command.ScriptLocation",),
}
"""Properties that may name a local file or folder, by the resource's type."""

_HEAD = (
    "# Written by `onezip build --sam`, as `sam build` would leave it; it is written anew at each build.\n"
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A finished zip: its path relative to the new template, and the runtime and handler it was built for."""

    path: str
    runtime: str
    handler: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A new template: its text, the names of the functions it has, and the local templates of its stacks by
    the stack's logical id, relative to the old template.
    """

    text: str
    functions: frozenset[str]
    stacks: Mapping[str, str]


def rewritten(text: str, file: str, zips: Mapping[str, Ready], *, up: str, prefix: str = "") -> Rewritten:
    """The new template for an old one.

    zips holds the finished zips by the function's name in the project, which starts with prefix for those of
    a nested stack. up leads from the new template's folder to the old one's. Raises ProjectError.
    """
    root = _tree(text, file)
    functions = set()
    stacks = {}
    for logical, resource in _resources(root):
        kind = _text(_get(resource, "Type"))
        properties = _get(resource, "Properties")
        if not isinstance(properties, MappingNode):
            continue
        ready = zips.get(prefix + logical) if kind in _CODE else None
        if ready is not None:
            functions.add(prefix + logical)
            _code(properties, _CODE[kind], ready)
            continue
        location = _text(_get(properties, _STACKS[kind])) if kind in _STACKS else ""
        if location and _is_local(location):
            stacks[logical] = location
            _put(properties, _STACKS[kind], _scalar(f"{logical}/template.yaml"))
            continue
        for key in _PATHS.get(kind, ()):
            _move(properties, key.split("."), up)
    _includes(root, up)
    made: str = yaml.serialize(root, allow_unicode=True, width=1 << 20)
    return Rewritten(_HEAD + made, frozenset(functions), stacks)


def _tree(text: str, file: str) -> MappingNode:
    """The template as a tree without shared parts."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        text = json.dumps(json.loads(text.lstrip("\ufeff")), ensure_ascii=False)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, MappingNode):
        raise ProjectError("template.syntax", f"{file} is not a table", place=Place(file))
    copied: MappingNode = _copy(root)
    return copied


def _copy(node: Any) -> Any:
    """A node without aliases: CloudFormation has none."""
    if isinstance(node, MappingNode):
        pairs = [(_copy(key), _copy(value)) for key, value in node.value]
        return type(node)(node.tag, pairs, flow_style=node.flow_style)
    if isinstance(node, SequenceNode):
        return type(node)(node.tag, [_copy(each) for each in node.value], flow_style=node.flow_style)
    return type(node)(node.tag, node.value, style=node.style)


def _resources(root: MappingNode) -> Iterator[tuple[str, MappingNode]]:
    found = _get(root, "Resources")
    if isinstance(found, MappingNode):
        for key, value in found.value:
            if isinstance(value, MappingNode):
                yield key.value, value


def _code(properties: MappingNode, key: str, ready: Ready) -> None:
    _put(properties, key, _scalar(ready.path))
    for name, value in (("Runtime", ready.runtime), ("Handler", ready.handler)):
        old = _get(properties, name)
        closed = name == "Runtime" and _text(old) == "go1.x"
        if closed or (name == "Handler" and ready.handler == "bootstrap" and _text(old) != value):
            _put(properties, name, _scalar(value))


def _move(properties: MappingNode, keys: list[str], up: str) -> None:
    """Write a local path of a property relative to the new template."""
    table: Node | None = properties
    for key in keys[:-1]:
        table = _get(table, key)
    old = _get(table, keys[-1])
    if isinstance(table, MappingNode) and isinstance(old, ScalarNode) and _is_local(_text(old)):
        _put(table, keys[-1], _scalar(posixpath.normpath(f"{up}/{_text(old)}")))


def _includes(node: Node, up: str) -> None:
    """Move the Location of each AWS::Include in the template."""
    if isinstance(node, SequenceNode):
        for each in node.value:
            _includes(each, up)
    if not isinstance(node, MappingNode):
        return
    for key, value in node.value:
        included = node.tag == "!Transform" or _text(key) == "Fn::Transform"
        table = node if node.tag == "!Transform" else value
        if included and isinstance(table, MappingNode) and _text(_get(table, "Name")) == "AWS::Include":
            parameters = _get(table, "Parameters")
            if isinstance(parameters, MappingNode):
                _move(parameters, ["Location"], up)
                if node.tag == "!Transform":
                    return
        _includes(value, up)


def _is_local(text: str) -> bool:
    return bool(text) and "://" not in text and not re.match(r"/|[A-Za-z]:[/\\]|arn:", text)


def _get(node: Node | None, key: str) -> Node | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == key:
                found: Node = value
                return found
    return None


def _put(node: MappingNode, key: str, value: Node) -> None:
    """Set a key of a table, in its place where it is there."""
    for number, (name, _) in enumerate(node.value):
        if name.value == key:
            node.value[number] = (name, value)
            return
    node.value.append((_scalar(key), value))


def _scalar(text: str) -> ScalarNode:
    return ScalarNode("tag:yaml.org,2002:str", text)


def _text(node: Node | None) -> str:
    """The text of a plain scalar; empty for anything else, intrinsics too."""
    if isinstance(node, ScalarNode) and not node.tag.startswith("!"):
        found: str = node.value
        return found
    return ""
