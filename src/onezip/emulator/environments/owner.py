"""What an environment asks of whoever has it: the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from onezip.emulator.environments.environment import Environment
    from onezip.emulator.environments.flow import Flow
    from onezip.emulator.environments.record import Story
    from onezip.emulator.environments.runtime_api import Answer, Opened


class Owner(Protocol):
    """Who has environments: the pool."""

    def opened(self, opened: Opened, flow: Flow) -> None:
        """The response to a streamed invocation begins."""

    def answered(self, environment: Environment, answer: Answer) -> None:
        """The function's answer is there; the environment is still busy."""

    def finished(self, environment: Environment, story: Story) -> None:
        """The invocation is over and recorded."""

    def idle(self, environment: Environment, *, alive: bool) -> None:
        """It can take an invocation; alive is whether its process runs."""

    def ended(self, environment: Environment) -> None:
        """It is gone."""
