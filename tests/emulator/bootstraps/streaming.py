"""A runtime of the tests' own that writes its response in steps, as its event says, on a plain socket.

Events: `type` (Content-Type), `mode`, `steps`, each `["write", text]`, `["bytes", count]`, `["wait", file]`,
`["sleep", seconds]`, `["exit", code]`, `["close"]` or `["trailers", {name: value}]`. `whole` is a response
with a Content-Length instead. Of an event of a function URL its body is meant.
"""

import http.client
import json
import os
import socket
import time
from collections.abc import Mapping
from typing import Any

AT = "/2018-06-01/runtime/invocation/"
API = os.environ["AWS_LAMBDA_RUNTIME_API"]


def connected() -> socket.socket:
    host, _, port = API.partition(":")
    return socket.create_connection((host, int(port)))


def write(api: socket.socket, steps: list[list[Any]]) -> Mapping[str, str]:
    """The body in chunks; the trailers."""
    for step in steps:
        if step[0] == "write":
            data = step[1].encode("latin-1")
            api.sendall(b"%x\r\n%b\r\n" % (len(data), data))
        elif step[0] == "bytes":
            left = step[1]
            while left:
                size = min(left, 65536)
                api.sendall(b"%x\r\n%b\r\n" % (size, b"x" * size))
                left -= size
                print(f"left {left}", flush=True)
        elif step[0] == "wait":
            while not os.path.exists(step[1]):
                time.sleep(0.01)
        elif step[0] == "sleep":
            time.sleep(step[1])
        elif step[0] == "exit":
            os._exit(step[1])
        elif step[0] == "trailers":
            told: Mapping[str, str] = step[1]
            return told
    return {}


def main() -> None:
    while True:
        api = http.client.HTTPConnection(API)
        api.request("GET", AT + "next")
        got = api.getresponse()
        event = json.loads(got.read())
        name = got.headers["Lambda-Runtime-Aws-Request-Id"]
        api.close()
        if "requestContext" in event:
            event = json.loads(event["body"])
        if "error" in event:
            api.request("POST", f"{AT}{name}/error", json.dumps(event["error"]))
            api.getresponse().read()
            continue
        stream = connected()
        heads = [f"POST {AT}{name}/response HTTP/1.1", f"Host: {API}"]
        if "type" in event:
            heads.append(f"Content-Type: {event['type']}")
        if "mode" in event:
            heads.append(f"Lambda-Runtime-Function-Response-Mode: {event['mode']}")
        if "whole" in event:
            heads.append(f"Content-Length: {len(event['whole'])}")
            stream.sendall("\r\n".join([*heads, "", event["whole"]]).encode("latin-1"))
        else:
            stream.sendall("\r\n".join([*heads, "Transfer-Encoding: chunked", "", ""]).encode("latin-1"))
            try:
                trailers = write(stream, event["steps"])
                if event["steps"] and event["steps"][-1] == ["close"]:
                    stream.close()
                    continue
                end = "".join(f"{key}: {value}\r\n" for key, value in trailers.items())
                stream.sendall(b"0\r\n" + end.encode("latin-1") + b"\r\n")
            except OSError as error:
                print(f"could not write: {error}", flush=True)
        try:
            print("answered", stream.recv(4096).split(b"\r\n")[0].decode(), flush=True)
        except OSError as error:
            print(f"no answer: {error}", flush=True)
        stream.close()


if __name__ == "__main__":
    main()
