"""The execution role of a function for which none is named: what it may do at least."""

from __future__ import annotations

from typing import Any

from onezip.deployer.export.facts import Shipped

TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
"""Who may take the role (Developer Guide, "Defining Lambda function permissions with an execution role")."""


def is_made(function: Shipped) -> bool:
    """Whether the export makes the role: none is named, or the project asks for it."""
    role = function.deploy.role
    return role is None or role.create


def policies(function: Shipped) -> list[str]:
    """AWS's managed policies that the function needs: what follows `arn:PARTITION:iam::aws:policy/`."""
    named = ["service-role/AWSLambdaBasicExecutionRole"]
    if function.deploy.network is not None:
        named.append("service-role/AWSLambdaVPCAccessExecutionRole")
    if function.deploy.tracing == "Active":
        named.append("AWSXRayDaemonWriteAccess")
    return named
