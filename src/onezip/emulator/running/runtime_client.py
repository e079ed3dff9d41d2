"""What starts a Python function: /var/runtime/bootstrap.py, as the function sees it.

The interpreter of the function's own version runs this file, which is copied beside awslambdaric. It puts
the folders of code in Lambda's order and starts awslambdaric, AWS's own client of the Runtime API. Where that
is not there, because it has no wheel for this system, a client of onezip's own, below, does the same in the
standard library's means: the same calls, the same errors in the same form. It does not write JSON logs, and
serves one invocation at a time. Runs on Python 3.8 and newer.
"""

from __future__ import annotations

import decimal
import http.client
import importlib
import json
import logging
import math
import os
import site
import sys
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

VERSION = "/2018-06-01/runtime"
FORM = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(request)s\t%(message)s"
"""A record of `logging`, as Lambda's Python writes it as text."""


class Fault(Exception):
    """An error that Lambda has a name for, `Runtime.HandlerNotFound` and its like."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.trace = trace or []


class Attributes:
    """An object with the named attributes of a dictionary; those that it does not have are None."""

    def __init__(self, names: str, values: dict[str, Any]) -> None:
        for name in names.split():
            setattr(self, name, values.get(name))


class Context:
    """What a handler gets beside its event ("Using the Lambda context object", Developer Guide)."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.aws_request_id = headers.get("Lambda-Runtime-Aws-Request-Id", "")
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn", "")
        self.tenant_id = headers.get("Lambda-Runtime-Aws-Tenant-Id")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self._deadline = int(headers.get("Lambda-Runtime-Deadline-Ms") or 0)
        caller = _parsed(headers, "Lambda-Runtime-Client-Context", "Client Context")
        self.client_context = None
        if caller is not None:
            self.client_context = Attributes("custom env client", caller)
            names = "installation_id app_title app_version_name app_version_code app_package_name"
            if caller.get("client") is not None:
                self.client_context.client = Attributes(names, caller["client"])  # type: ignore[attr-defined]
        cognito = _parsed(headers, "Lambda-Runtime-Cognito-Identity", "Cognito Identity") or {}
        self.identity = Attributes(
            "cognito_identity_id cognito_identity_pool_id",
            {
                "cognito_identity_id": cognito.get("cognitoIdentityId"),
                "cognito_identity_pool_id": cognito.get("cognitoIdentityPoolId"),
            },
        )

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped, never below 0."""
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


class Api:
    """The Runtime API over one connection that stays open."""

    def __init__(self, address: str) -> None:
        place, _, self._prefix = address.partition("/")
        self._connection = http.client.HTTPConnection(place)

    def next(self) -> tuple[http.client.HTTPMessage, bytes]:
        """Wait for an event: its headers and its body."""
        self._connection.request("GET", self._path("/invocation/next"))
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"the Runtime API answered {response.status} to /invocation/next")
        return response.headers, body

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send a result or an error."""
        self._connection.request("POST", self._path(path), body, headers)
        response = self._connection.getresponse()
        response.read()
        if response.status != 202:
            raise RuntimeError(f"the Runtime API answered {response.status} to {path}")

    def _path(self, path: str) -> str:
        return f"{'/' if self._prefix else ''}{self._prefix}{VERSION}{path}"


class Log(logging.Handler):
    """Records of `logging` on standard output, with the request's id."""

    request = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        record.request = self.request
        sys.stdout.write(self.format(record) + "\n")
        sys.stdout.flush()


def _parsed(headers: http.client.HTTPMessage, header: str, name: str) -> Any:
    text = headers.get(header)
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}") from error


def load(handler: str) -> Callable[[Any, Context], Any]:
    """The function that a handler's text names. Raises Fault, and what its module raises."""
    try:
        module, name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {error}") from error
    if module.split(".", 1)[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module} as a handler module"
        )
    try:
        found = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}") from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{module}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", message, trace) from error
    try:
        return getattr(found, name)  # type: ignore[no-any-return]
    except AttributeError as error:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'") from error


def encode(answer: Any) -> tuple[bytes, str]:
    """A handler's answer as the body and its type. Raises Fault."""
    if isinstance(answer, bytes):
        return answer, "application/unknown"
    ascii_only = sys.version_info < (3, 12)
    try:
        text = json.dumps(_objects(answer), default=_number, ensure_ascii=ascii_only)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    return text.encode("utf-8"), "application/json"


def _objects(value: Any) -> Any:
    """The value with named tuples as objects, which is what awslambdaric's JSON library makes of them."""
    if isinstance(value, dict):
        return {key: _objects(each) for key, each in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _objects(value._asdict())
    if isinstance(value, (list, tuple)):
        return [_objects(each) for each in value]
    return value


def _number(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        if value.is_nan():
            return math.nan
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def decode(body: bytes, kind: str) -> Any:
    """An event from its body. Raises Fault."""
    if kind != "application/json":
        return body
    try:
        return json.loads(body)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def told(error: BaseException, request: str = "") -> dict[str, Any]:
    """An error as the Runtime API wants it."""
    if isinstance(error, Fault):
        return _error(error.message, error.kind, request, error.trace)
    return _error(str(error), type(error).__name__, request, _trace(error.__traceback__))


def _error(message: str, kind: str, request: str, trace: list[str]) -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "requestId": request, "stackTrace": trace}


def _trace(where: TracebackType | None) -> list[str]:
    """The frames from the first that is the function's own."""
    frames = traceback.extract_tb(where)
    own = 0
    while own < len(frames) - 1 and os.path.abspath(frames[own].filename) == os.path.abspath(__file__):
        own += 1
    return traceback.format_list(frames[own:])


def write(error: dict[str, Any]) -> None:
    """The error into the log."""
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}", "Traceback (most recent call last):"]
    for each in error["stackTrace"]:
        lines += each.splitlines()
    sys.stdout.write("\r".join(lines) + "\n")
    sys.stdout.flush()


def serve(api: Api, handler: Callable[[Any, Context], Any], log: Log) -> NoReturn:
    """Answer events for ever."""
    while True:
        headers, body = api.next()
        request = log.request = headers.get("Lambda-Runtime-Aws-Request-Id", "")
        path = f"/invocation/{request}"
        trace = headers.get("Lambda-Runtime-Trace-Id")
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        try:
            context = Context(headers)
            event = decode(body, headers.get("Content-Type", "application/json"))
            answer, kind = encode(handler(event, context))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
            failure = told(error, request)
            write(failure)
            said = {"Content-Type": "application/json"}
            api.post(f"{path}/error", json.dumps(failure).encode(), said)
        else:
            sys.stdout.flush()
            api.post(f"{path}/response", answer, {"Content-Type": kind})


def run(handler: str, address: str) -> NoReturn:
    """The client of our own: load the handler, and serve it."""
    api = Api(address)
    log = Log()
    form = logging.Formatter(FORM, "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    log.setFormatter(form)
    logging.getLogger().addHandler(log)
    try:
        function = load(handler)
    except Exception as error:  # noqa: BLE001 - whatever a module raises is reported
        failure = told(error)
        write(failure)
        api.post(
            "/init/error",
            json.dumps(failure).encode(),
            {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": failure["errorType"]},
        )
        sys.exit(1)
    serve(api, function, log)


def arrange(task: str, opt: str) -> None:
    """Put code in Lambda's order: the function's, the layers', the runtime's, Python's own.

    Python was started without its `site`, so that nothing installed on this machine is seen; the names that
    `site` makes are made here.
    """
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    layers = [os.path.join(opt, "python", "lib", version, "site-packages"), os.path.join(opt, "python")]
    layers = [folder for folder in layers if opt and os.path.isdir(folder)]
    runtime = os.path.dirname(os.path.abspath(__file__))
    known = [folder for folder in sys.path[1:] if folder not in {task, *layers}]
    sys.path[:] = [task, *layers, *([] if runtime in known else [runtime]), *known]
    for folder in layers:
        site.addsitedir(folder)
    site.setquit()
    site.setcopyright()
    site.sethelper()


def main() -> None:
    """Arguments: the folder of the layers, which may be empty."""
    task = os.environ["LAMBDA_TASK_ROOT"]
    handler = os.environ["_HANDLER"]
    arrange(task, sys.argv[1])
    sys.argv[:] = [__file__, handler]
    if os.path.isdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "awslambdaric")):
        start = importlib.import_module("awslambdaric.__main__")
        start.main(sys.argv)
    run(handler, os.environ["AWS_LAMBDA_RUNTIME_API"])


if __name__ == "__main__":
    main()
