"""What an API of a template says of all its routes -> keys of a front's table.

Sources: "AWS::Serverless::Api", "AWS::Serverless::HttpApi", "CorsConfiguration" and "FunctionUrlConfig" of
the AWS SAM Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from onezip.config.template.gateways import REST
from onezip.config.template.resource import Resource
from onezip.config.template.scalar import text_of


def settings(api: Resource | None, kind: str) -> dict[str, Any]:
    """What an API of a kind (REST or HTTP) says; None stands for the one that SAM makes itself."""
    if api is None:
        return {"stage": "Prod"} if kind == REST else {}
    found: dict[str, Any] = {}
    stage = text_of(api.resolved("StageName")) or ("Prod" if kind == REST else "$default")
    if stage != "$default":
        found["stage"] = str(stage)
    variables = api.resolved("Variables" if kind == REST else "StageVariables")
    if isinstance(variables, dict):
        known = {str(name): text_of(value) for name, value in variables.items()}
        found["stage_variables"] = {name: str(value) for name, value in known.items() if value is not None}
    if kind == REST:
        types = api.resolved("BinaryMediaTypes")
        if isinstance(types, list):
            texts = (text_of(each) for each in types)
            found["binary_types"] = [str(each).replace("~1", "/") for each in texts if each]
        cors = quoted(api.resolved("Cors"))
    else:
        cors = lists(api.resolved("CorsConfiguration"))
    return found if cors is None else {**found, "cors": cors}


def quoted(cors: Any) -> dict[str, Any] | None:
    """A REST API's Cors: texts in quotes, such as `"'GET,POST'"`."""
    table = cors if isinstance(cors, dict) else {"AllowOrigin": cors}

    def words(key: str) -> list[str]:
        text = (text_of(table.get(key)) or "").strip().strip("'")
        return [each.strip() for each in text.split(",") if each.strip()]

    found: dict[str, Any] = {}
    for name, key in (("origins", "AllowOrigin"), ("methods", "AllowMethods"), ("headers", "AllowHeaders")):
        if given := words(key):
            found[name] = given
    return _cors(found, table, (text_of(table.get("MaxAge")) or "").strip("'"))


def lists(cors: Any) -> dict[str, Any] | None:
    """An HTTP API's CorsConfiguration (`true` allows every origin) and a function URL's Cors."""
    if cors is True or text_of(cors) == "true":
        return {"origins": ["*"]}
    if not isinstance(cors, dict):
        return None
    found: dict[str, Any] = {}
    for name, key in (("origins", "AllowOrigins"), ("methods", "AllowMethods"), ("headers", "AllowHeaders"),
                      ("expose", "ExposeHeaders")):  # fmt: skip
        value = cors.get(key)
        texts = [text_of(each) for each in value] if isinstance(value, list) else [text_of(value)]
        if given := [str(each) for each in texts if each]:
            found[name] = given
    return _cors(found, cors, text_of(cors.get("MaxAge")) or "")


def _cors(found: dict[str, Any], table: Mapping[str, Any], age: str) -> dict[str, Any] | None:
    if "origins" not in found:
        return None
    if text_of(table.get("AllowCredentials")) == "true":
        found["credentials"] = True
    if re.fullmatch("[0-9]{1,5}", age) and int(age) <= 86_400:
        found["max_age"] = int(age)
    return found
