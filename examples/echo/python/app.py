"""The echo as a function: `/json` is the event it got, `/dump` the same with types.

Deploy it behind the front you want to know; compare with `onezip echo diff`.
"""

import json


def handler(event, context):
    """Answer with the event; headers is what every kind of front understands."""
    path = event.get("rawPath") or event.get("path") or "/"
    words = [part for part in path.split("/") if part]
    if "dump" in words[:2]:
        kind, body = "text/plain; charset=utf-8", dump(event)
    else:
        kind, body = "application/json", json.dumps(event, indent=2, ensure_ascii=False) + "\n"
    answer = {"statusCode": 200, "body": body}
    if "multiValueHeaders" in event and "headers" not in event:  # a load balancer with multi-value headers
        answer["multiValueHeaders"] = {"content-type": [kind]}
    else:
        answer["headers"] = {"content-type": kind}
    return answer


def dump(value, indent=""):
    """A value with its types, a line for each."""
    inner = f"{indent}  "
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(name)}: {dump(each, inner)}" for name, each in value.items()]
        return "\n".join([f"(dict) (len={len(value)}) {{", *lines, f"{indent}}}"])
    if isinstance(value, list):
        lines = [f"{inner}{dump(each, inner)}" for each in value]
        return "\n".join([f"(list) (len={len(value)}) [", *lines, f"{indent}]"])
    size = f" (len={len(value)})" if isinstance(value, str) else ""
    return f"({type(value).__name__}){size} {json.dumps(value, ensure_ascii=False)}"
