"""What the phases of an environment tell: the headers of an event, and records by Telemetry API type.  [pure]

Sources: "Lambda runtime API" and "Lambda Telemetry API event schema", AWS Lambda Developer Guide.
"""

from __future__ import annotations

from onezip.emulator.environments.runtime_api import Effect, Finished, Invocation, Record, Reply, Settings
from onezip.emulator.http.message import Pairs, Request

JSON: Pairs = (("Content-Type", "application/json"),)


def event_headers(invocation: Invocation, deadline: int) -> list[tuple[str, str]]:
    """What goes to the runtime with an event. deadline is in milliseconds since 1970."""
    headers = [
        *JSON,
        ("Lambda-Runtime-Aws-Request-Id", invocation.id),
        ("Lambda-Runtime-Deadline-Ms", str(deadline)),
        ("Lambda-Runtime-Invoked-Function-Arn", invocation.arn),
    ]
    if invocation.trace_id:
        headers.append(("Lambda-Runtime-Trace-Id", invocation.trace_id))
    if invocation.client_context:
        headers.append(("Lambda-Runtime-Client-Context", invocation.client_context))
    if invocation.cognito_identity:
        headers.append(("Lambda-Runtime-Cognito-Identity", invocation.cognito_identity))
    if invocation.tenant_id:
        headers.append(("Lambda-Runtime-Aws-Tenant-Id", invocation.tenant_id))
    return headers


def only(method: str, asked: Request) -> list[Effect]:
    """The refusal of a request to the Runtime API with another method, nothing where it is this one."""
    if asked.method == method:
        return []
    return [Reply(asked.connection, 405, (("Allow", method),), b"")]


def init_start(settings: Settings, phase: str) -> Record:
    """An init phase begins: `init`, or `invoke` where it is inside of an invocation."""
    fields: dict[str, object] = {
        "initializationType": "on-demand", "phase": phase,
        "functionName": settings.function, "functionVersion": settings.version,
    }  # fmt: skip
    return Record("platform.initStart", fields)


def init_done(phase: str, status: str, kind: str, duration: float) -> tuple[Record, Record]:
    """It is over: runtimeDone and report. kind is the type of its error, duration in milliseconds."""
    fields: dict[str, object] = {"initializationType": "on-demand", "phase": phase, "status": status}
    if kind:
        fields["errorType"] = kind
    return (
        Record("platform.initRuntimeDone", {**fields}),
        Record("platform.initReport", {**fields, "metrics": {"durationMs": duration}}),
    )


def start(invocation: Invocation, version: str) -> Record:
    """START."""
    fields: dict[str, object] = {"requestId": invocation.id, "version": version}
    if invocation.trace_id:
        fields["tracing"] = {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id}
    return Record("platform.start", fields)


def done(finished: Finished, memory: int, used: int) -> tuple[Record, Record]:
    """END and REPORT. memory is what the function may use, used what it did, both in MB."""
    fields: dict[str, object] = {"requestId": finished.id, "status": finished.status}
    metrics: dict[str, object] = {"durationMs": finished.duration, "memorySizeMB": memory}
    if finished.init is not None:
        metrics["initDurationMs"] = finished.init
    metrics["maxMemoryUsedMB"] = used
    report = {**fields, "metrics": metrics}
    if finished.error_type and finished.status != "timeout":
        fields["errorType"] = report["errorType"] = finished.error_type
    if finished.fault:
        fields["fault"] = finished.fault
    fields["metrics"] = {"durationMs": finished.duration}
    return Record("platform.runtimeDone", fields), Record("platform.report", report)
