"""An account with Lambda functions in memory, as the API reference tells it: our own words, nothing mocked.

Strict where stand-ins are not: revisions, digests, updates under way, broken zips.
"""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import re
import threading
import zipfile
from typing import Any

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:"
KEPT = ("Runtime", "Role", "Handler", "Timeout", "MemorySize", "Description", "Environment", "VpcConfig",
        "TracingConfig", "EphemeralStorage", "LoggingConfig")  # fmt: skip


class Refused(Exception):
    """An answer that is an error: status, AWS's code, the message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Account:
    """Functions by name. lag is how many looks an update takes."""

    def __init__(self, lag: int = 1) -> None:
        self.lag = lag
        self.functions: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, bytes] = {}
        self.objects: dict[tuple[str, str], bytes] = {}
        self.roles: dict[str, list[str]] = {}
        self.layers: dict[str, list[dict[str, Any]]] = {}
        self.logs: list[dict[str, Any]] = []
        self.assumable_after = 0
        self.snapshots = 0
        self.fail_updates = ""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def handle(self, operation: str, name: str, body: dict[str, Any]) -> Any:
        """Carry out one operation. Raises Refused."""
        with self._lock:
            method = getattr(self, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
            return method(name, body)

    # ---- reading --------------------------------------------------------------------------------

    def get_function_configuration(self, name: str, body: dict[str, Any]) -> Any:
        function = self._function(name)
        qualifier = body.get("Qualifier")
        if qualifier:
            alias = function["aliases"].get(qualifier)
            number = alias["FunctionVersion"] if alias else qualifier
            for version in function["versions"]:
                if version["Version"] == number:
                    if version.get("_looks"):
                        version["_looks"] -= 1
                        version["State"] = "Active" if not version["_looks"] else "Pending"
                    return version
            raise self._missing(f"{name}:{qualifier}")
        self._look(function)
        return function["latest"]

    def get_function(self, name: str, body: dict[str, Any]) -> Any:
        found = self.get_function_configuration(name, body)
        function = self._function(name)
        answer = {
            "Configuration": found,
            "Tags": function["tags"],
            "Code": {
                "RepositoryType": "S3",
                "Location": f"/code/{found['CodeSha256']}?X-Amz-Signature=secret",
            },
        }
        if function["concurrency"] is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": function["concurrency"]}
        return answer

    def list_versions_by_function(self, name: str, body: dict[str, Any]) -> Any:
        function = self._function(name)
        every = [function["latest"], *function["versions"]]
        start = int(body.get("Marker", 0))
        page = {"Versions": every[start : start + 2]}  # small pages, so that they are turned
        return page | ({"NextMarker": str(start + 2)} if start + 2 < len(every) else {})

    def list_aliases(self, name: str, body: dict[str, Any]) -> Any:
        return {"Aliases": list(self._function(name)["aliases"].values())}

    def get_alias(self, name: str, body: dict[str, Any]) -> Any:
        alias = self._function(name)["aliases"].get(body["Name"])
        if alias is None:
            raise self._missing(f"{name}:{body['Name']}")
        return alias

    def get_function_url_config(self, name: str, body: dict[str, Any]) -> Any:
        url = self._function(name)["url"]
        if url is None:
            raise Refused(404, "ResourceNotFoundException", "The resource you requested does not exist.")
        return url

    def list_layer_versions(self, name: str, body: dict[str, Any]) -> Any:
        newest_first = reversed(self.layers.get(name, []))
        return {"LayerVersions": [{k: v for k, v in each.items() if k != "Content"} for each in newest_first]}

    def get_layer_version(self, name: str, body: dict[str, Any]) -> Any:
        for each in self.layers.get(name, []):
            if each["Version"] == int(body["VersionNumber"]):
                digest = each["Content"]["CodeSha256"]
                location = f"/code/{digest}?X-Amz-Signature=secret"
                return {**each, "Content": {**each["Content"], "Location": location}}
        raise Refused(404, "ResourceNotFoundException", "The resource you requested does not exist.")

    # ---- writing --------------------------------------------------------------------------------

    def publish_layer_version(self, name: str, body: dict[str, Any]) -> Any:
        content: dict[str, Any] = {}
        self._code(content, body["Content"])
        versions = self.layers.setdefault(name, [])
        arn = f"{ARN.replace(':function:', ':layer:')}{name}"
        versions.append({
            "LayerArn": arn,
            "LayerVersionArn": f"{arn}:{len(versions) + 1}",
            "Version": len(versions) + 1,
            "Content": content,
            "CompatibleRuntimes": body.get("CompatibleRuntimes"),
            "CompatibleArchitectures": body.get("CompatibleArchitectures"),
        })  # fmt: skip
        return versions[-1]

    def create_function(self, name: str, body: dict[str, Any]) -> Any:
        name = body["FunctionName"]
        if name in self.functions:
            raise Refused(409, "ResourceConflictException", f"Function already exist: {name}")
        if self.assumable_after:
            self.assumable_after -= 1
            raise Refused(
                400,
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
            )
        latest = {key: body[key] for key in KEPT if key in body}
        latest |= {
            "FunctionName": name,
            "FunctionArn": ARN + name,
            "Version": "$LATEST",
            "PackageType": "Zip",
        }
        latest |= {
            "Architectures": body.get("Architectures", ["x86_64"]),
            "Description": body.get("Description", ""),
        }
        latest["Layers"] = self._layers(body.get("Layers", []))
        self.functions[name] = {
            "latest": latest, "versions": [], "aliases": {}, "tags": body.get("Tags", {}),
            "concurrency": None, "url": None, "policy": {}, "looks": 0, "next": 1,
        }  # fmt: skip
        self._code(latest, body["Code"])
        latest["State"] = "Pending" if self.lag else "Active"
        return self._changed(self.functions[name])

    def update_function_code(self, name: str, body: dict[str, Any]) -> Any:
        function = self._writable(name, body)
        self._code(function["latest"], body)
        if "Architectures" in body:
            function["latest"]["Architectures"] = body["Architectures"]
        return self._changed(function)

    def update_function_configuration(self, name: str, body: dict[str, Any]) -> Any:
        function = self._writable(name, body)
        function["latest"].update({key: body[key] for key in KEPT if key in body})
        if "Layers" in body:
            function["latest"]["Layers"] = self._layers(body["Layers"])
        return self._changed(function)

    def publish_version(self, name: str, body: dict[str, Any]) -> Any:
        function = self._writable(name, body)
        latest = function["latest"]
        if body.get("CodeSha256", latest["CodeSha256"]) != latest["CodeSha256"]:
            raise Refused(
                400, "InvalidParameterValueException", "CodeSHA256 is different from current CodeSHA256"
            )
        same = {"Version", "FunctionArn", "RevisionId", "LastUpdateStatus", "State"}
        last = function["versions"][-1] if function["versions"] else {}
        if last and all(last.get(key) == value for key, value in latest.items() if key not in same):
            return last
        number = str(function["next"])
        function["next"] += 1
        version = {**latest, "Version": number, "FunctionArn": f"{ARN}{name}:{number}"}
        version["RevisionId"] = self._revision()
        function["versions"].append(version)
        if self.snapshots:
            version |= {"State": "Pending", "_looks": self.snapshots}
        return dict(version)

    def delete_function(self, name: str, body: dict[str, Any]) -> Any:
        function = self._function(name)
        number = body["Qualifier"]
        if any(number in {a["FunctionVersion"], *a["RoutingConfig"]["AdditionalVersionWeights"]}
               for a in function["aliases"].values()):  # fmt: skip
            raise Refused(
                409,
                "ResourceConflictException",
                "Unable to delete version because the following aliases reference it",
            )
        function["versions"] = [each for each in function["versions"] if each["Version"] != number]
        return None

    def create_alias(self, name: str, body: dict[str, Any]) -> Any:
        function = self._function(name)
        if body["Name"] in function["aliases"]:
            raise Refused(409, "ResourceConflictException", "Alias already exists")
        return self._alias(function, body)

    def update_alias(self, name: str, body: dict[str, Any]) -> Any:
        function = self._function(name)
        alias = function["aliases"][body["Name"]]
        if body.get("RevisionId", alias["RevisionId"]) != alias["RevisionId"]:
            raise self._stale()
        return self._alias(function, body)

    def put_function_concurrency(self, name: str, body: dict[str, Any]) -> Any:
        self._function(name)["concurrency"] = body["ReservedConcurrentExecutions"]
        return body

    def tag_resource(self, name: str, body: dict[str, Any]) -> Any:
        self._function(name.rpartition(":")[2])["tags"].update(body["Tags"])
        return None

    def create_function_url_config(self, name: str, body: dict[str, Any]) -> Any:
        function = self._function(name)
        if function["url"]:
            raise Refused(
                409, "ResourceConflictException", "FunctionUrlConfig exists for this Lambda function"
            )
        return self._url(function, body)

    def update_function_url_config(self, name: str, body: dict[str, Any]) -> Any:
        return self._url(self._function(name), body)

    def add_permission(self, name: str, body: dict[str, Any]) -> Any:
        policy = self._function(name)["policy"]
        if body["StatementId"] in policy:
            raise Refused(409, "ResourceConflictException", "The statement id provided already exists.")
        policy[body["StatementId"]] = body
        return {"Statement": "{}"}

    # ---- what runs ------------------------------------------------------------------------------

    def invoke(self, payload: bytes) -> tuple[bytes, dict[str, str]]:
        """An echo; the payload `"fail"` fails."""
        log = base64.b64encode(b"START RequestId\nhello\n").decode()
        headers = {"X_Amz_Executed_Version": "7", "X_Amz_Log_Result": log}
        if payload == b'"fail"':
            failed = b'{"errorType": "ValueError", "errorMessage": "no"}'
            return failed, headers | {"X_Amz_Function_Error": "Unhandled"}
        return payload, headers

    def filter_log_events(self, body: dict[str, Any]) -> Any:
        """Two to a page; a page may come empty and have one after it."""
        events = [each for each in self.logs if each["timestamp"] >= body.get("startTime", 0)]
        start = int(body.get("nextToken", 0))
        page = {"events": events[start : start + 2]}
        return page | ({"nextToken": str(start + 2)} if start + 2 < len(events) else {})

    # ---- parts ----------------------------------------------------------------------------------

    def _function(self, name: str) -> dict[str, Any]:
        if name not in self.functions:
            raise self._missing(name)
        return self.functions[name]

    def _layers(self, arns: list[str]) -> list[dict[str, Any]]:
        """Layers as a configuration tells them; those of this account must be there."""
        own = ARN.replace(":function:", ":layer:")
        known = {each["LayerVersionArn"] for versions in self.layers.values() for each in versions}
        for arn in arns:
            if not re.fullmatch(r"arn:aws:lambda:[a-z0-9-]+:\d{12}:layer:[\w-]+:\d+", arn):
                raise Refused(400, "ValidationException", f"no ARN of a layer version: {arn}")
            if arn.startswith(own) and arn not in known:
                raise Refused(400, "InvalidParameterValueException", f"Layer version {arn} does not exist.")
        return [{"Arn": arn, "CodeSize": 1} for arn in arns]

    def _look(self, function: dict[str, Any]) -> None:
        latest = function["latest"]
        if function["looks"]:
            function["looks"] -= 1
            if not function["looks"]:
                latest["State"] = "Active"
                latest["LastUpdateStatus"] = "Failed" if self.fail_updates else "Successful"
                if self.fail_updates:
                    latest["LastUpdateStatusReason"] = self.fail_updates
                    latest["LastUpdateStatusReasonCode"] = "InvalidZipFileException"
                latest["RevisionId"] = self._revision()

    def _writable(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        function = self._function(name)
        if function["looks"]:
            self._look(function)  # time passes
            raise Refused(
                409,
                "ResourceConflictException",
                "The operation cannot be performed at this time. An update is in progress for resource: "
                f"{ARN}{name}",
            )
        if body.get("RevisionId", function["latest"]["RevisionId"]) != function["latest"]["RevisionId"]:
            raise self._stale()
        return function

    def _code(self, latest: dict[str, Any], code: dict[str, Any]) -> None:
        if "ZipFile" in code:
            content = base64.b64decode(code["ZipFile"])
        else:
            content = self.objects[code["S3Bucket"], code["S3Key"]]
        if not zipfile.is_zipfile(io.BytesIO(content)):
            raise Refused(
                400,
                "InvalidParameterValueException",
                "Could not unzip uploaded file. Please check your file, then try to upload again.",
            )
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        self.codes[digest] = content
        latest |= {"CodeSha256": digest, "CodeSize": len(content)}
        latest.pop("SigningProfileVersionArn", None)

    def _changed(self, function: dict[str, Any]) -> Any:
        function["looks"] = self.lag
        function["latest"]["LastUpdateStatus"] = "InProgress" if self.lag else "Successful"
        function["latest"]["RevisionId"] = self._revision()
        return dict(function["latest"])

    def _alias(self, function: dict[str, Any], body: dict[str, Any]) -> Any:
        alias = {
            "Name": body["Name"],
            "FunctionVersion": body["FunctionVersion"],
            "RoutingConfig": body.get("RoutingConfig") or {"AdditionalVersionWeights": {}},
            "RevisionId": self._revision(),
        }
        function["aliases"][body["Name"]] = alias
        return alias

    def _url(self, function: dict[str, Any], body: dict[str, Any]) -> Any:
        function["url"] = {
            "FunctionUrl": "https://x.lambda-url.eu-central-1.on.aws/",
            "AuthType": body["AuthType"],
        }
        return function["url"]

    def _revision(self) -> str:
        return f"revision-{next(self._numbers)}"

    @staticmethod
    def _missing(name: str) -> Refused:
        return Refused(404, "ResourceNotFoundException", f"Function not found: {ARN}{name}")

    @staticmethod
    def _stale() -> Refused:
        return Refused(
            412,
            "PreconditionFailedException",
            "The RevisionId provided does not match the latest RevisionId.",
        )
