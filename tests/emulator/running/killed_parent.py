"""A onezip that is killed: starts a function with a child of another session, says so, and waits."""

from __future__ import annotations

import asyncio
import sys

from onezip.emulator.running.probe import look
from onezip.emulator.running.process import Sandbox
from onezip.emulator.running.sandbox import Isolation, Launch


async def main(way: Isolation, folder: str, mark: str, last: str) -> None:
    """Run until somebody ends it."""
    host = await look([way])
    if host.isolation is not way:
        print(
            f"skip: {way} does not work here: apt install bubblewrap, and allow user namespaces", flush=True
        )
        return
    text = f"setsid sleep {mark} & (setsid sleep {mark} &); echo ready; {last}; sleep {mark}"
    env = {"PATH": "/usr/bin:/bin", "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{mark}"}
    sandbox = Sandbox(Launch(("/bin/sh", "-c", text), env, folder, isolation=way), host)
    await sandbox.start(lambda _, line: print(line.decode(), flush=True), lambda _: None)
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(Isolation(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]))
