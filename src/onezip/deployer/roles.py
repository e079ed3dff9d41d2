"""The execution role: found by name, or made with the policy that lets a function write its log."""

from __future__ import annotations

import json

from onezip.deployer.calls import Calls
from onezip.deployer.cloud import CloudError, Kind, kind

TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
})  # fmt: skip
"""Who may assume the role (Lambda Developer Guide, "Lambda execution role")."""

BASIC, IN_VPC = "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole"
"""AWS's own policies: logs, and logs with network interfaces."""


def role_arn(calls: Calls, role: str, *, make: bool = False, vpc: bool = False) -> str:
    """The ARN of a role given by name or ARN. With make it is made where it is missing. Raises CloudError."""
    if role.startswith("arn:"):
        return role
    if not make:
        return str(calls("iam", "GetRole", RoleName=role)["Role"]["Arn"])
    found = calls.or_none("iam", "GetRole", RoleName=role)
    if found is None:
        try:
            found = calls(
                "iam",
                "CreateRole",
                RoleName=role,
                AssumeRolePolicyDocument=TRUST,
                Description="made by onezip for a Lambda function",
            )
        except CloudError as error:
            if kind(error) is not Kind.EXISTS:
                raise
            found = calls("iam", "GetRole", RoleName=role)
    arn = str(found["Role"]["Arn"])
    # a role that was made and got no policy, because something broke off, gets it now
    policy = f"arn:{arn.split(':')[1]}:iam::aws:policy/{IN_VPC if vpc else BASIC}"
    calls("iam", "AttachRolePolicy", RoleName=role, PolicyArn=policy)
    return arn
