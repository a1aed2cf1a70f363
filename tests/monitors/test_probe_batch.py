"""A batch: every item answered in order, at its offset, unharmed by its neighbours."""

import asyncio
import time

import pytest

from monitors.network.guard import Allow
from monitors.probes import Outcome, Result, batch
from monitors.probes.batch import Checker, Item
from monitors.reasons import Reason
from tests.monitors.targets import HOSTILE, answering, response, serving, silence

LOOPBACK = Allow.parse("127.0.0.1/32")


def make_item(monitor_id: int, url: str, deadline: float = 20, after: float = 0) -> Item:
    return Item(monitor_id, "http", {"url": url}, deadline, after)


async def run_batch(items: list[Item], allow: Allow) -> list[tuple[int, Outcome]]:
    """Checks all items beside each other, as a worker does with a batch."""
    checker = Checker(allow)
    outcomes = await asyncio.gather(*(checker.run(item) for item in items))
    return [(item.monitor_id, outcome) for item, outcome in zip(items, outcomes, strict=True)]


def test_outcomes_come_in_the_order_of_the_items() -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            items = [make_item(number, target.url(), after=(5 - number) / 50) for number in range(5)]
            outcomes = await run_batch(items, LOOPBACK)
        assert [number for number, _ in outcomes] == [0, 1, 2, 3, 4]
        assert {outcome.result for _, outcome in outcomes} == {Result.UP}

    asyncio.run(run())


def test_each_item_waits_for_its_offset() -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            items = [make_item(1, target.url("/late"), after=0.2), make_item(2, target.url("/early"))]
            await run_batch(items, LOOPBACK)
            assert [head.split()[1] for head in target.heads] == ["/early", "/late"]

    asyncio.run(run())


@pytest.mark.parametrize(
    "poison",
    [
        Item(1, "carrier pigeon", {}, 20),
        Item(1, "http", {}, 20),
        Item(1, "http", {"url": None}, 20),
        Item(1, "http", {"url": "http://169.254.169.254/"}, 20),
        Item(1, "tcp", {"address": "x" * 5000}, 20),
    ],
    ids=lambda item: f"{item.kind} {str(item.config)[:30]}",
)
def test_an_item_that_cannot_be_read_is_unknown_and_harms_nobody(poison: Item) -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            outcomes = await run_batch([poison, make_item(2, target.url())], LOOPBACK)
        assert [outcome.result for _, outcome in outcomes] == [Result.UNKNOWN, Result.UP]
        assert outcomes[0][1].reason == "config"

    asyncio.run(run())


def test_hostile_targets_cost_only_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    # Smaller than the batch, so that hostile items hold places that healthy ones wait for.
    monkeypatch.setattr(batch, "CONCURRENCY", 50)

    async def run() -> None:
        async with serving(answering(response())) as good:
            bad = [serving(talk) for talk in HOSTILE.values()]
            targets = [await server.__aenter__() for server in bad]
            items = [make_item(number, target.url(), deadline=0.5) for number, target in enumerate(targets)]
            items += [make_item(100 + number, good.url()) for number in range(100)]
            outcomes = dict(await asyncio.wait_for(run_batch(items, LOOPBACK), 60))
            for server in bad:
                await server.__aexit__(None, None, None)
        assert len(outcomes) == len(items)
        assert {outcomes[100 + number].result for number in range(100)} == {Result.UP}

    asyncio.run(run())


def test_a_timeout_while_the_checker_itself_was_late_is_unknown() -> None:
    async def run() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            time.sleep(batch.LAG + 0.3)  # the loop itself is blocked, as by a busy machine
            await silence(reader, writer)

        async with serving(talk) as target:
            outcomes = await run_batch([make_item(1, target.url(), deadline=1)], LOOPBACK)
        assert (outcomes[0][1].result, outcomes[0][1].reason) == (Result.UNKNOWN, "overloaded")

    asyncio.run(run())


def test_a_connection_that_was_lost_while_the_checker_itself_was_late_is_unknown() -> None:
    async def run() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            time.sleep(batch.LAG + 0.3)

        async with serving(talk) as target:
            outcomes = await run_batch([make_item(1, target.url())], LOOPBACK)
        assert (outcomes[0][1].result, outcomes[0][1].reason) == (Result.UNKNOWN, "overloaded")

    asyncio.run(run())


def test_settings_are_read_again_once_they_are_others() -> None:
    async def run() -> None:
        async with serving(answering(response())) as good, serving(answering(response("500 No"))) as bad:
            checker = Checker(LOOPBACK)
            results = [
                (await checker.run(item)).result
                for item in (
                    make_item(1, good.url()),
                    make_item(1, good.url()),
                    make_item(1, bad.url()),
                    Item(1, "tcp", {"address": f"127.0.0.1:{bad.port}"}, 20),
                    make_item(2, bad.url()),
                    make_item(1, good.url()),
                )
            ]
        assert results == [Result.UP, Result.UP, Result.DOWN, Result.UP, Result.DOWN, Result.UP]

    asyncio.run(run())


def test_what_cannot_be_opened_is_not_checked_without_its_secrets() -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            item = Item(1, "http", {"url": target.url()}, 20, trouble=Reason.SEALED)
            outcomes = await run_batch([item], LOOPBACK)
            assert target.heads == []
        assert (outcomes[0][1].result, outcomes[0][1].reason) == (Result.UNKNOWN, "sealed")

    asyncio.run(run())


def test_a_timeout_on_an_idle_checker_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    # Idle it is, however long the machine that it runs on has no time for it.
    monkeypatch.setattr(batch, "LAG", 60)

    async def run() -> None:
        async with serving(silence) as target:
            outcomes = await run_batch([make_item(1, target.url(), deadline=0.3)], LOOPBACK)
        assert (outcomes[0][1].result, outcomes[0][1].reason) == (Result.DOWN, "timeout")

    asyncio.run(run())
