"""Powertools' resolvers: what do they see?"""

import base64
import hashlib
import json

from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    LambdaFunctionUrlResolver,
    Response,
)
from aws_lambda_powertools.shared.cookies import Cookie


def resolver(event):
    """The resolver of the event's front."""
    context = event["requestContext"]
    if "elb" in context:
        return ALBResolver(decode_query_parameters=True)
    if event.get("version") != "2.0":
        return APIGatewayRestResolver()
    return LambdaFunctionUrlResolver() if context["accountId"] == "anonymous" else APIGatewayHttpResolver()


def listed(value, separator):
    """A header's parts, whether it came as text or as a list."""
    values = [value] if isinstance(value, str) else value
    return [part.strip() for each in values for part in each.split(separator)]


def handler(event, context):
    """Answer with what was asked, as `x-want` wants it."""
    app = resolver(event)

    @app.route(".*", method=["GET", "POST", "HEAD"])
    def look():
        current = app.current_event
        text = current.body or ""
        body = base64.b64decode(text) if current.is_base64_encoded else text.encode()
        headers = {name.lower(): value for name, value in current.resolved_headers_field.items()}
        cookies = getattr(current, "cookies", None) or listed(headers.get("cookie", []), ";")
        seen = json.dumps(
            {
                "method": current.http_method,
                "path": current.path,
                "query": current.resolved_query_string_parameters,
                "headers": {name: value for name, value in headers.items() if name.startswith("x-case-")},
                "cookies": cookies,
                "size": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            }
        )
        want = headers.get("x-want", "")
        want = want[0] if isinstance(want, list) else want
        cookies = [Cookie("a", "1", path="/"), Cookie("b", "2"), Cookie("c", "3", http_only=True)]
        if want == "binary":
            return Response(200, "application/octet-stream", b"\0\x01\xff\xfe\x80\n\r", cookies=cookies)
        if want == "large":
            return Response(200, "application/json", "x" * (5 * 1024 * 1024), cookies=cookies)
        if want:
            return Response(int(want), "application/json", "", cookies=cookies)
        return Response(200, "application/json", seen, cookies=cookies)

    return app.resolve(event, context)
