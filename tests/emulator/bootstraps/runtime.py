#!/usr/bin/env python3
"""A runtime of the tests' own: speaks the Runtime API, and does what each event says."""

import ctypes
import http.client
import json
import os
import signal
import sys
import time

AT = "/2018-06-01/runtime/"


def wait(path: str) -> None:
    """Until somebody makes this file."""
    while not os.path.exists(path):
        time.sleep(0.01)


def main() -> None:
    if os.environ.get("INIT_EXIT"):
        print("ends in its init", flush=True)
        sys.exit(int(os.environ["INIT_EXIT"]))
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    if os.environ.get("INIT_ONCE"):  # a file that the first process makes, and then never comes to its end
        try:
            os.close(os.open(os.environ["INIT_ONCE"], os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            print("hangs in its init", flush=True)
            time.sleep(3600)
    if os.environ.get("INIT_SLEEP"):
        time.sleep(float(os.environ["INIT_SLEEP"]))
    if os.environ.get("INIT_ERROR"):
        body = b'{"errorMessage":"no config","errorType":"Runtime.ConfigError"}'
        api.request(
            "POST", AT + "init/error", body, {"Lambda-Runtime-Function-Error-Type": "Runtime.ConfigError"}
        )
        api.getresponse().read()
        sys.exit(1)
    print("started", flush=True)
    count = 0
    while True:
        api.request("GET", AT + "invocation/next")
        got = api.getresponse()
        event = json.loads(got.read())
        name = got.headers["Lambda-Runtime-Aws-Request-Id"]
        count += 1
        if not isinstance(event, dict):
            event = {"return": event}
        if "print" in event:
            print(event["print"], flush=True)
        if "sleep" in event:
            time.sleep(event["sleep"])
        if "wait" in event:
            wait(event["wait"])
        if "exit" in event:
            os._exit(event["exit"])
        if "kill" in event:
            os.kill(os.getpid(), getattr(signal, event["kill"]))
        if event.get("segfault"):
            ctypes.string_at(0)
        if "allocate" in event:
            kept = bytearray(event["allocate"] << 20)
            kept[::4096] = b"x" * len(kept[::4096])
        if "error" in event:
            api.request("POST", f"{AT}invocation/{name}/error", json.dumps(event["error"]))
        else:
            body = event.get("return", {"count": count, "pid": os.getpid(), "headers": dict(got.headers)})
            if "large" in event:
                body = "x" * (event["large"] - 2)
            api.request("POST", f"{AT}invocation/{name}/response", json.dumps(body))
        answer = api.getresponse()
        answer.read()
        if answer.status != 202:
            print("answered with", answer.status, flush=True)
        if "after" in event:
            print(event["after"], flush=True)
        if "exit_after" in event:
            os._exit(event["exit_after"])
        if "sleep_after" in event:
            time.sleep(event["sleep_after"])
        if "wait_after" in event:
            wait(event["wait_after"])


main()
