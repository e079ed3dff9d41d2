"""One ASGI application: what does it see?"""

import hashlib
import json
from urllib.parse import parse_qs

CONTENT = {"binary": b"\0\x01\xff\xfe\x80\n\r", "large": b"x" * (5 * 1024 * 1024)}


async def look(scope, receive, send):
    """Answer with what was asked, as `x-want` wants it."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    headers: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.startswith("x-case-"):
            headers.setdefault(name, []).append(value)
    cookies = [each.strip() for name, value in pairs if name == "cookie" for each in value.split(";")]
    seen = json.dumps(
        {
            "method": scope["method"],
            "path": scope["path"],
            "query": parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            "headers": {name: ",".join(values) for name, values in headers.items()},
            "cookies": cookies,
            "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
    ).encode()
    want = dict(pairs).get("x-want", "")
    binary = want == "binary"
    status = int(want) if want.isdecimal() else 200
    kind = b"application/octet-stream" if binary else b"application/json"
    found = [(b"content-type", kind), (b"x-seen", seen)]
    found += [(b"set-cookie", each) for each in (b"a=1; Path=/", b"b=2", b"c=3; HttpOnly")]
    content = CONTENT[want] if want in CONTENT else b"" if want else seen
    await send({"type": "http.response.start", "status": status, "headers": found})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})
