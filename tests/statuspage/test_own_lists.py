"""Where a worker keeps what it is just taking."""

import pytest

from statuspage.own_lists import own_lists


def test_a_regional_worker_has_lists_of_its_own() -> None:
    assert own_lists({"probe.paris"}) == {
        "unacked_key": "unacked.probe.paris",
        "unacked_index_key": "unacked_index.probe.paris",
        "unacked_mutex_key": "unacked_mutex.probe.paris",
    }


def test_workers_of_different_regions_share_none() -> None:
    lists = [set(own_lists(queues).values()) for queues in ({"probe.a"}, {"probe.b"}, {"probe.a", "probe.b"})]
    assert len(set.union(*lists)) == 9


@pytest.mark.parametrize("queues", [{"core"}, {"core", "probe.default"}, set()])
def test_the_core_keeps_what_it_is_used_to(queues: set[str]) -> None:
    assert own_lists(queues) == {}
