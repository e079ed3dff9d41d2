"""What AWS and its runtimes say when something is wrong, word for word; `<id>` and its like stand for what
changes.  [pure]

Sources: the Developer Guide's troubleshooting pages; answers of the service pasted in public issues
(aws/aws-lambda-dotnet#1671, awslabs/aws-lambda-dart-runtime#20, awslabs/swift-aws-lambda-runtime#541,
softprops/serverless-rust#98, cargo-lambda/cargo-lambda#551, anomalyco/sst#6660); the source of the Python
runtime (aws/aws-lambda-python-runtime-interface-client, `bootstrap.py`); glibc's loader.
"""

from __future__ import annotations

from onezip.archive.rules.subject import Subject

UNZIP = (
    "InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to"
    " upload again."
)
UNZIPPED_SIZE = "InvalidParameterValueException: Unzipped size must be smaller than 262144000 bytes"
REQUEST_SIZE = "Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation"
NO_LONGER_SUPPORTED = (
    "The runtime parameter of {} is no longer supported for creating or updating AWS Lambda functions"
)

_ENTRYPOINT = "Runtime.InvalidEntrypoint: RequestId: <id> Error: "
NO_BOOTSTRAP = f"{_ENTRYPOINT}Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
NOT_EXECUTABLE = f"{_ENTRYPOINT}fork/exec /var/task/bootstrap: permission denied"
NO_FORMAT = f"{_ENTRYPOINT}fork/exec /var/task/bootstrap: exec format error"
NO_INTERPRETER = f"{_ENTRYPOINT}fork/exec /var/task/bootstrap: no such file or directory"
EXIT_1 = "Runtime.ExitError: RequestId: <id> Error: Runtime exited with error: exit status 1"
EXIT_127 = "Runtime.ExitError: RequestId: <id> Error: Runtime exited with error: exit status 127"


def not_found(subject: Subject, module: str) -> str:
    """A module that is not there."""
    return import_error(subject, f"No module named '{module}'")


def import_error(subject: Subject, why: str) -> str:
    """A module that cannot be imported, in the words of the Python runtime."""
    module = subject.handler.text.rpartition(".")[0] if subject.handler else ""
    return f"Runtime.ImportModuleError: Unable to import module '{module or '<module>'}': {why}"


def no_version(name: str, library: str, version: str) -> str:
    """A symbol version that a library has not, in the words of glibc's loader."""
    return f"/lib64/{library}: version `{version}' not found (required by /var/task/{name})"


def no_library(library: str) -> str:
    """A library that is not there, in the words of glibc's loader."""
    return f"{library}: cannot open shared object file: No such file or directory"


def unreadable(name: str) -> str:
    """A file that the function's user may not read, as Python words it."""
    return f"PermissionError: [Errno 13] Permission denied: '/var/task/{name}'"
