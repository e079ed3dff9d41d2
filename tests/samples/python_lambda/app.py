"""A Lambda function that does what its event says."""

import os
import sys

count = 0


def handler(event, context):
    global count
    count += 1
    print("doing", event.get("do"))
    match event.get("do"):
        case "error":
            raise ValueError("boom")
        case "exit":
            sys.exit(event["n"])
        case "kill":
            os.kill(os.getpid(), 9)
        case "bytes":
            return {1, 2}
    return {
        "count": count,
        "left": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
        "client": context.client_context.custom if context.client_context else None,
        "task": os.environ["LAMBDA_TASK_ROOT"],
        "env": sorted(os.environ),
    }
