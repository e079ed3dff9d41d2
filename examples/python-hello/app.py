"""A Lambda function that greets, in Python."""

import uuid

from pydantic import BaseModel


class Request(BaseModel):
    name: str = "world"


def handler(event, context):
    request = Request.model_validate(event or {})
    return {
        "greeting": f"hello, {request.name}",
        "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, request.name)),
    }
