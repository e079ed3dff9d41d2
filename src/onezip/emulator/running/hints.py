"""Why an invocation failed and what mends it, in a sentence each: what AWS's words leave out.  [pure]"""

from __future__ import annotations

from onezip.emulator.environments.runtime_api import Answer, Reason, Settings
from onezip.emulator.environments.words import OUT_OF_MEMORY, RESPONSE_LIMIT

_NO_BOOTSTRAP = "the zip has no executable file `bootstrap` at its root: see `onezip check`"
_NO_RIGHT = "the bootstrap may not be executed: build it with `onezip build`, which sets its mode"
_WRONG_FORMAT = (
    "the bootstrap is for another architecture, or a script without `#!`: compare the function's "
    "architecture with what `onezip inspect` tells of it"
)
_NO_LOADER = (
    "the bootstrap is there, but not the interpreter or loader it names: CR line ends behind `#!`, or a "
    "program linked against a libc that is not here"
)
_START = {
    "Couldn't find valid bootstrap": _NO_BOOTSTRAP,
    "permission denied": _NO_RIGHT,
    "exec format error": _WRONG_FORMAT,
    "no such file or directory": _NO_LOADER,
}


def hint(answer: Answer, settings: Settings) -> str:
    """The next step after a failure; empty where the function's own words say it all."""
    match answer.reason:
        case Reason.TIMEOUT:
            return (
                f"the function took its whole timeout of {settings.timeout:g} s: raise `timeout`, or look at "
                "what it waits for; the next call starts a fresh process"
            )
        case Reason.TOO_LARGE:
            return f"Lambda passes {RESPONSE_LIMIT} bytes at most: put more into S3 and answer with its place"
        case Reason.START:
            return next((text for words, text in _START.items() if words in answer.message), "")
        case Reason.INIT if answer.reported:
            return "the code failed before its first event; its own words stand above"
        case Reason.INIT:
            return (
                "the process ended before it asked for its first event, twice: is it a Lambda function "
                "(lambda.Start in Go), and does it find all it needs at its start?"
            )
        case Reason.EXIT if answer.error_type == OUT_OF_MEMORY:
            return f"the function needs more than {settings.memory} MB: raise `memory`"
        case Reason.EXIT if "exit status 127" in answer.message:
            return "a command was not found: AWS_LAMBDA_EXEC_WRAPPER, or what the bootstrap calls"
        case Reason.EXIT if "without providing a reason" in answer.message:
            return "the process ended by itself: a runtime stays, and asks for the next event in a loop"
        case Reason.EXIT:
            return "the process died in the invocation; the next call starts a fresh one"
    return ""
