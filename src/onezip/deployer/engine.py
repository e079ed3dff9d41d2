"""Several functions at once, bounded: look, plan, act; one that fails does not hide the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from onezip.deployer.apply import Done, StaleError, apply
from onezip.deployer.calls import Calls
from onezip.deployer.cloud import Clock, Cloud, CloudError
from onezip.deployer.guard import Guard
from onezip.deployer.layers import find_layer
from onezip.deployer.look import look
from onezip.deployer.mistakes import Where, explained
from onezip.deployer.plan import name_of, plan
from onezip.deployer.signed import told_of_signature
from onezip.deployer.values import Archive, Plan
from onezip.errors import DeployFailed, OnezipError
from onezip.model.event import Happened, Listener
from onezip.model.function import Function

AT_ONCE = 8
"""Functions that are deployed at the same time. Lambda takes 15 control plane writes a second in a Region."""

Open = Callable[[str | None, str | None], Cloud]
"""Opens the Cloud of a profile and a Region."""


@dataclass(frozen=True, slots=True)
class Task:
    """A function and its zip; layer is the zip of its own layer, where it has one."""

    function: Function
    archive: Archive
    layer: Archive | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one function. plan is None where even that failed; done is None where nothing was done."""

    function: Function
    plan: Plan | None = None
    done: Done | None = None
    error: OnezipError | None = None


class Clouds:
    """Each profile's and Region's Cloud, opened once."""

    def __init__(self, open_cloud: Open) -> None:
        self._open = open_cloud
        self._lock = threading.Lock()
        self._known: dict[tuple[str | None, str | None], Cloud] = {}

    def of(self, function: Function) -> Cloud:
        """The Cloud that a function is deployed to."""
        deploy = function.deploy
        where = (deploy.profile, deploy.region) if deploy else (None, None)
        with self._lock:
            if where not in self._known:
                self._known[where] = self._open(*where)
            return self._known[where]


@dataclass(frozen=True, slots=True)
class Deployment:
    """How functions are deployed. guards look at each zip before it is sent.

    show hears each plan, also one that is made anew because the function changed meanwhile (again is then
    True); listen hears `deploy.sending` with `done` and `total` bytes. Both are called from several threads.
    """

    clouds: Clouds
    clock: Clock
    guards: Sequence[Guard] = ()
    show: Callable[[Plan, bool], None] = lambda _plan, _again: None
    listen: Listener = lambda _event: None

    def plan(self, tasks: Sequence[Task]) -> list[Result]:
        """What would be done."""
        return self._each(tasks, lambda task, calls: Result(task.function, self._plan(task, calls)))

    def deploy(self, tasks: Sequence[Task]) -> list[Result]:
        """Do it."""
        return self._each(tasks, self._deploy)

    def _plan(self, task: Task, calls: Calls) -> Plan:
        made = plan_of(task, calls)
        if made.archives:
            for guard in self.guards:
                guard(task.function, task.archive, task.layer)
        return made

    def _deploy(self, task: Task, calls: Calls) -> Result:
        name = task.function.name

        def sending(sent: int, size: int) -> None:
            fields = {"done": sent, "total": size}
            self.listen(Happened("deploy.sending", name, self.clock.now(), fields))

        stale: StaleError | None = None
        for _ in range(2):
            made = self._plan(task, calls)
            self.show(made, stale is not None)
            before = stale.done.did if stale else []
            if not made.actions:
                # an answer got lost, but what it was about was done
                done = Done([*before, "the rest was done already"]) if stale else None
                return Result(task.function, made, done)
            try:
                done = apply(made, calls, listen=sending)
            except StaleError as error:
                stale = error
            else:
                done.did[:0] = before
                return Result(task.function, made, done)
        raise DeployFailed(
            "deploy.changed",
            f"{name}: the function changed while it was deployed, and again after a second plan ({stale})",
            hint="somebody else deploys it at the same time: wait for them, then deploy again",
        )

    def _each(self, tasks: Sequence[Task], work: Callable[[Task, Calls], Result]) -> list[Result]:
        def one(task: Task) -> Result:
            try:
                return work(task, Calls(self.clouds.of(task.function), self.clock))
            except CloudError as error:
                return Result(task.function, error=self._explained(error, task.function))
            except OnezipError as error:
                return Result(task.function, error=error)

        if len(tasks) == 1:
            return [one(tasks[0])]
        with ThreadPoolExecutor(min(AT_ONCE, max(len(tasks), 1))) as pool:
            return list(pool.map(one, tasks))

    def _explained(self, error: CloudError, function: Function) -> DeployFailed:
        return explain(error, self.clouds.of(function), function)


def plan_of(task: Task, calls: Calls) -> Plan:
    """What would be done, from what is deployed now. Raises CloudError, DeployFailed."""
    deployed = look(calls, task.function)
    deployed = told_of_signature(calls, name_of(task.function), deployed, task.archive)
    layer = find_layer(calls, task.function, task.layer, deployed) if task.layer else None
    return plan(task.function, task.archive, deployed, layer)


def explain(error: CloudError, cloud: Cloud, function: Function) -> DeployFailed:
    """A failed call about a function, in words."""
    deploy = function.deploy
    known = name_of(function)
    subject = function.name if known == function.name else f"{function.name} ({known})"
    bucket = deploy.bucket.name if deploy and deploy.bucket else ""
    profile = (deploy.profile if deploy else None) or ""
    try:
        region, regions = cloud.region, cloud.regions()
    except (CloudError, OnezipError):
        region, regions = "", ()
    return explained(error, Where(subject, region, profile, regions, bucket))
