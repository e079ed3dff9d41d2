"""A small site behind any front: a page with style, script and picture, a form with cookies, an API."""

import base64
import json
import os
import struct
import zlib
from urllib.parse import parse_qs, quote

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A page</title>
<link rel="icon" href="dot.png">
<link rel="stylesheet" href="style.css">
<script src="page.js" defer></script>
<h1>Grüße</h1>
<img id="dot" src="dot.png" alt="">
<p id="told">not run</p>
<form method="post" action="form">
<input name="text"><input name="text"><input name="empty"><button id="send">Send</button>
</form>
</html>
"""
STYLE = "h1 { color: rgb(1, 2, 3); }\n"
SCRIPT = "document.getElementById('told').textContent = 'run: \\u20ac';\n"


def picture(width, height):
    """A PNG of one colour."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\xff\x00\x80" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def reply(event, body=b"", kind="application/json", status=200, cookies=(), **headers):
    """An answer in the form that the event's front takes; names are written with `_` for `-`."""
    text = isinstance(body, str)
    said = {
        "statusCode": status,
        "isBase64Encoded": not text,
        "body": body if text else base64.b64encode(body).decode(),
    }
    pairs = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if event.get("version") == "2.0":
        return {**said, "headers": pairs, "cookies": list(cookies)}
    if "elb" in event["requestContext"] and "multiValueHeaders" not in event:
        names = ("set-cookie", "Set-Cookie", "SET-COOKIE")  # the only way to set several here
        return {**said, "headers": {**pairs, **dict(zip(names, cookies))}}
    lists = {name: [value] for name, value in pairs.items()}
    return {**said, "multiValueHeaders": {**lists, "set-cookie": list(cookies)}}


def sent(event):
    """The request's headers, names in lower case, and its body."""
    lists = event.get("multiValueHeaders") or {}
    headers = {name.lower(): values[-1] for name, values in lists.items()}
    headers.update({name.lower(): value for name, value in (event.get("headers") or {}).items()})
    if event.get("cookies"):
        headers["cookie"] = "; ".join(event["cookies"])
    body = event.get("body") or ""
    return headers, base64.b64decode(body) if event["isBase64Encoded"] else body.encode()


def handler(event, context):
    """The last part of the path says what is wanted."""
    name = (event.get("rawPath") or event["path"]).rpartition("/")[2]
    method = event.get("httpMethod") or event["requestContext"]["http"]["method"]
    headers, body = sent(event)
    cookies = sorted(each.strip() for each in headers.get("cookie", "").split(";"))
    if name == "style.css":
        return reply(event, STYLE, "text/css")
    if name == "page.js":
        return reply(event, SCRIPT, "text/javascript; charset=utf-8")
    if name == "dot.png":
        return reply(event, picture(3, 2), "image/png")
    if name == "form":
        said = json.dumps(parse_qs(body.decode(), keep_blank_values=True))
        set_cookies = (f"said={quote(said)}; Path=/", "hidden=1; HttpOnly; SameSite=Strict", "theme=dark")
        return reply(event, "", "text/plain", 303, set_cookies, location="seen")
    if name == "seen":
        return reply(event, json.dumps(cookies), "application/json")
    if name == "api":
        seen = {
            "method": method,
            "colour": headers.get("x-colour"),
            "cookies": cookies,
            "body": body.decode(),
            "origin": headers.get("origin"),
        }
        own = {"access_control_allow_origin": os.environ["ORIGIN"], "access_control_allow_credentials": "true"}
        return reply(event, json.dumps(seen), x_told="yes", access_control_expose_headers="x-told", **own)
    return reply(event, PAGE, "text/html; charset=utf-8") if not name else reply(event, "", status=404)
