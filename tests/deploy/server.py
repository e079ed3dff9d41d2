"""The account behind HTTP, with faults: what answers wrongly, breaks off, comes late, or not at all."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from deploy.account import Account, Refused

_F = r"/2015-03-31/functions/(?P<name>[^/]+)"
_L = r"/2018-10-31/layers/(?P<name>[^/]+)"
ROUTES = [
    (method, re.compile(pattern + r"/?"), operation)
    for method, pattern, operation in (
        ("POST", r"/2015-03-31/functions(?P<name>)", "CreateFunction"),
        ("GET", _F, "GetFunction"),
        ("DELETE", _F, "DeleteFunction"),
        ("GET", f"{_F}/configuration", "GetFunctionConfiguration"),
        ("PUT", f"{_F}/configuration", "UpdateFunctionConfiguration"),
        ("PUT", f"{_F}/code", "UpdateFunctionCode"),
        ("GET", f"{_F}/versions", "ListVersionsByFunction"),
        ("POST", f"{_F}/versions", "PublishVersion"),
        ("GET", f"{_F}/aliases", "ListAliases"),
        ("POST", f"{_F}/aliases", "CreateAlias"),
        ("GET", f"{_F}/aliases/(?P<Name>[^/]+)", "GetAlias"),
        ("PUT", f"{_F}/aliases/(?P<Name>[^/]+)", "UpdateAlias"),
        ("POST", f"{_F}/policy", "AddPermission"),
        ("PUT", r"/2017-10-31/functions/(?P<name>[^/]+)/concurrency", "PutFunctionConcurrency"),
        ("POST", r"/2017-03-31/tags/(?P<name>[^/]+)", "TagResource"),
        ("GET", r"/2021-10-31/functions/(?P<name>[^/]+)/url", "GetFunctionUrlConfig"),
        ("POST", r"/2021-10-31/functions/(?P<name>[^/]+)/url", "CreateFunctionUrlConfig"),
        ("PUT", r"/2021-10-31/functions/(?P<name>[^/]+)/url", "UpdateFunctionUrlConfig"),
        ("GET", f"{_L}/versions", "ListLayerVersions"),
        ("POST", f"{_L}/versions", "PublishLayerVersion"),
        ("GET", f"{_L}/versions/(?P<VersionNumber>[0-9]+)", "GetLayerVersion"),
    )
]


@dataclass
class Fault:
    """What goes wrong with an operation, times times. after: once it was carried out all the same.

    status and code make an answer; cut breaks the body off; silent says nothing until the client has left;
    do is called first.
    """

    operation: str
    status: int = 0
    code: str = ""
    message: str = "said the test"
    cut: bool = False
    silent: bool = False
    times: int = 1
    after: bool = False
    do: Callable[[], None] | None = None


@dataclass
class Server:
    """A running server: its address, what it was asked, and the faults that wait."""

    account: Account
    address: str = ""
    asked: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, operation: str) -> Fault | None:
        for fault in self.faults:
            if fault.operation == operation and fault.times:
                fault.times -= 1
                return fault
        return None

    @property
    def writes(self) -> list[str]:
        """What was asked but for reads."""
        return [each for each in self.asked if not each.startswith(("Get", "List"))]


@contextmanager
def serving(account: Account | None = None, faults: list[Fault] | None = None) -> Iterator[Server]:
    """The server on 127.0.0.1, with a fresh account: one for all tests, as clients are slow to make."""
    server = _started()
    server.account, server.faults, server.asked = account or Account(), faults or [], []
    yield server


@cache
def _started() -> Server:
    server = Server(Account())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def log_message(self, *_: object) -> None:
            pass

        def answer(self) -> None:
            address = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            if address.path.startswith("/code/"):
                self.send(200, server.account.codes[unquote(address.path[6:])])
                return
            if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
                self.iam({key: values[0] for key, values in parse_qs(content.decode()).items()})
                return
            if self.headers.get("X-Amz-Target") == "Logs_20140328.FilterLogEvents":
                server.asked.append("FilterLogEvents")
                self.send(200, json.dumps(server.account.filter_log_events(json.loads(content))).encode())
                return
            if address.path.endswith("/invocations"):
                server.asked.append("Invoke")
                answer, headers = server.account.invoke(content)
                self.send(200, answer, **headers)
                return
            for method, pattern, operation in ROUTES:  # noqa: B007
                found = pattern.fullmatch(unquote(address.path))
                if found and method == self.command:
                    break
            else:
                self.send(404, b"{}")
                return
            body = json.loads(content) if content else {}
            body |= {key: values[0] for key, values in parse_qs(address.query).items()}
            body |= {key: value for key, value in found.groupdict().items() if key != "name"}
            self.operate(operation, found["name"], body)

        def operate(self, operation: str, name: str, body: dict[str, Any]) -> None:
            server.asked.append(operation)
            fault = server.fault(operation)
            if fault and fault.do:
                fault.do()
            if fault and (fault.status or fault.cut or fault.silent) and not fault.after:
                self.wrong(fault, b'{"FunctionName": "x"}')
                return
            try:
                answer = server.account.handle(operation, name, body)
            except Refused as refused:
                text = json.dumps({"Type": "User", "message": refused.message}).encode()
                self.send(refused.status, text, refused.code)
                return
            if operation == "GetFunction":
                answer["Code"]["Location"] = server.address + answer["Code"]["Location"]
            if operation == "GetLayerVersion":
                answer["Content"]["Location"] = server.address + answer["Content"]["Location"]
            text = b"" if answer is None else json.dumps(answer).encode()
            if fault and fault.after:
                self.wrong(fault, text)
            else:
                self.send(204 if answer is None else 200, text)

        def wrong(self, fault: Fault, text: bytes) -> None:
            if fault.silent:
                self.rfile.read(1)
                self.close_connection = True
            elif fault.cut:
                self.send_response(200)
                self.send_header("Content-Length", str(len(text) + 10))
                self.end_headers()
                self.wfile.write(text[: len(text) // 2])
                self.close_connection = True
            else:
                self.send(fault.status, json.dumps({"message": fault.message}).encode(), fault.code)

        def iam(self, form: dict[str, str]) -> None:
            action, role = form["Action"], form["RoleName"]
            server.asked.append(action)
            roles = server.account.roles
            if action == "GetRole" and role not in roles:
                error = f"<Error><Code>NoSuchEntity</Code><Message>no role {role}</Message></Error>"
                self.send(404, f"<ErrorResponse>{error}</ErrorResponse>".encode())
                return
            if action == "CreateRole":
                roles[role] = []
            if action == "AttachRolePolicy":
                roles[role].append(form["PolicyArn"])
            arn = f"<Role><Arn>arn:aws:iam::123456789012:role/{role}</Arn><RoleName>{role}</RoleName></Role>"
            self.send(
                200, f"<{action}Response><{action}Result>{arn}</{action}Result></{action}Response>".encode()
            )

        def send(self, status: int, content: bytes, code: str = "", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if code:
                self.send_header("x-amzn-errortype", code)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if status != 204 else b"")

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            pass  # clients leave, on purpose

    http = Quiet(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{http.server_address[1]}"
    threading.Thread(target=http.serve_forever, daemon=True).start()
    return server
