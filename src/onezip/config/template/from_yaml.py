"""A YAML template as events with lines.

Only PyYAML's scanner and parser are used: no constructor and no resolver of any loader, shared or own,
decides what a value is. PyYAML is imported when a template is read.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from onezip.config.template.scalar import Word, plain
from onezip.config.template.tags import LONG, PLAIN_TAGS, TEXT_TAGS
from onezip.config.template.tree import Builder
from onezip.errors import ProjectError
from onezip.model.place import Place


def read_yaml(text: str, file: str) -> Any:
    """The tree of a YAML text.

    libyaml reads it where PyYAML was built with it. What libyaml refuses is read again in Python, so that
    every machine gives the same verdict in the same words.
    """
    import yaml

    fast = getattr(yaml, "CSafeLoader", None)
    if fast is not None:
        try:
            return _read(text, file, fast)
        except yaml.YAMLError:
            pass
    try:
        return _read(text, file, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not YAML: {error.problem or error.context}"
        place = Place(file, None if mark is None else mark.line + 1)
        raise ProjectError("template.syntax", message, place=place, hint=_help(message)) from error
    except yaml.YAMLError as error:
        message = f"not YAML: {error}".partition("\n")[0]
        raise ProjectError("template.syntax", message, place=Place(file)) from error


def _read(text: str, file: str, loader: Any) -> Any:
    import yaml

    builder = Builder(file)
    documents = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _wrong("template.syntax", "a second YAML document starts here", event, builder)
        else:
            _event(event, builder, yaml)
    return builder.root


def _event(event: Any, builder: Builder, yaml: Any) -> None:
    line = event.start_mark.line + 1
    match event:
        case yaml.ScalarEvent():
            _scalar(event, line, builder)
        case yaml.MappingStartEvent():
            builder.open({}, line, _function(event, builder), event.anchor)
        case yaml.SequenceStartEvent():
            builder.open([], line, _function(event, builder), event.anchor)
        case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
            builder.close()
        case yaml.AliasEvent():
            builder.alias(event.anchor, line)
        case _:
            pass


def _scalar(event: Any, line: int, builder: Builder) -> None:
    text = event.value
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise _wrong("template.syntax", "half a surrogate pair is no character", event, builder)
    function = _function(event, builder)
    bare = not event.style and event.tag not in TEXT_TAGS
    if builder.at_key():
        if function:
            raise _wrong("template.syntax", "a key must be text", event, builder)
        builder.key(text, line, merge=bare and text == "<<")
        return
    place = Place(builder.file, line)
    value = plain(text, place) if bare and function is None else Word(text, place)
    builder.scalar(value, line, function, event.anchor)


def _function(event: Any, builder: Builder) -> str | None:
    """The tag of an intrinsic function, or None; any other tag is refused."""
    tag = event.tag
    if tag is None or tag in PLAIN_TAGS or tag in TEXT_TAGS:
        return None
    if tag in LONG:
        return str(tag)
    near = difflib.get_close_matches(tag, LONG, n=1)
    hint = f"did you mean {near[0]}?" if near else "write the long form, `Fn::NAME:`, or quote the text"
    if tag == "!ForEach":
        hint = "a loop has no short form: write the key 'Fn::ForEach::NAME'"
    shown = tag.removeprefix("tag:yaml.org,2002:")
    shown = f"!!{shown}" if shown != tag else tag
    raise _wrong("template.tag", f"{shown} is no tag of CloudFormation", event, builder, hint)


def _help(message: str) -> str:
    if "'\\t'" in message:
        return "YAML is indented by spaces, not tabs"
    if "'<tag>'" in message:
        return "a short form cannot hold another one: write the outer one long, such as `Fn::Base64: !Sub`"
    return ""


def _wrong(code: str, message: str, event: Any, builder: Builder, hint: str = "") -> ProjectError:
    return ProjectError(code, message, place=Place(builder.file, event.start_mark.line + 1), hint=hint)
