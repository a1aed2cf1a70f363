from datetime import timedelta

import pytest

from subscribers.channels import CHANNELS
from subscribers.channels.base import Outcome, Result
from subscribers.retries import next_due
from tests.subscribers.make import NOW

WEBHOOK = CHANNELS["webhook"].schedule


def failed(result: Result = Result.FAILED, **asked: float) -> Outcome:
    return Outcome(1, result, "no", timedelta(**asked) if asked else None)


def test_webhooks_follow_the_schedule_of_standard_webhooks() -> None:
    waits = [next_due(failed(), attempts, WEBHOOK, NOW, 1.0) for attempts in range(1, 11)]

    seconds = [(due - NOW).total_seconds() if due else None for due in waits]
    hours = [hour * 3_600 for hour in (2, 5, 10, 14, 20, 24)]
    assert seconds == [5, 300, 1_800, *hours, None]
    assert sum(WEBHOOK, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


def test_jitter_stretches_the_wait() -> None:
    assert next_due(failed(), 2, WEBHOOK, NOW, 1.1) == NOW + timedelta(seconds=330)


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_schedule_begins_at_once_and_never_gets_shorter(channel: str) -> None:
    schedule = CHANNELS[channel].schedule

    assert schedule[0] == timedelta()
    assert list(schedule) == sorted(schedule)


@pytest.mark.parametrize("result", [Result.SENT, Result.REFUSED, Result.GONE])
def test_what_is_settled_is_not_tried_again(result: Result) -> None:
    assert next_due(failed(result), 1, WEBHOOK, NOW, 1.0) is None


def test_what_we_cannot_make_ourselves_is_parked_after_five_tries() -> None:
    waits = [next_due(failed(Result.BROKEN), attempts, WEBHOOK, NOW, 1.0) for attempts in range(1, 6)]

    assert [due is not None for due in waits] == [True, True, True, True, False]


def test_a_receiver_may_ask_for_more_time_but_not_for_more_than_an_hour() -> None:
    assert next_due(failed(seconds=120), 1, WEBHOOK, NOW, 1.0) == NOW + timedelta(seconds=120)
    assert next_due(failed(seconds=10**9), 1, WEBHOOK, NOW, 1.0) == NOW + timedelta(hours=1)
    assert next_due(failed(seconds=-5), 1, WEBHOOK, NOW, 1.0) == NOW + timedelta(seconds=5)
    assert next_due(failed(seconds=1), 5, WEBHOOK, NOW, 1.0) == NOW + timedelta(hours=5)
