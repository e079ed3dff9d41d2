"""What a front makes up: ids are new for each request, whether they were ready or not."""

from __future__ import annotations

import re

from emulator.clocks import ManualClock
from onezip.emulator.events.context import Match
from onezip.emulator.front.context import Circumstances
from onezip.emulator.http.message import Headers, Request

ASKED = Request("GET", "/")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_no_id_is_given_twice() -> None:
    around = Circumstances(ManualClock(epoch=1_700_000_000.0))
    made = []
    for number in range(200):
        for _ in range(number % 3):
            around.prepare()
        made.append(around.of(ASKED, Match()))
    for each in made:
        assert UUID.fullmatch(each.request_id)
        assert re.fullmatch(r"Root=1-6553f4e8-[0-9a-f]{24}", each.trace_id)
        assert re.fullmatch(r"[A-Za-z0-9_-]{15}=", each.extended_id)
    for ids in zip(*((each.request_id, each.trace_id, each.extended_id) for each in made), strict=True):
        assert len(set(ids)) == len(made)


def test_a_trace_of_the_clients_is_kept() -> None:
    around = Circumstances(ManualClock())
    sent = "Root=1-00000000-000000000000000000000001;Sampled=1"
    asked = Request("GET", "/", headers=Headers([("X-Amzn-Trace-Id", sent)]))
    assert around.of(asked, Match()).trace_id == sent
