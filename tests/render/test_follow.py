"""What programs and terminals follow: where it is, in which language, and when it changes."""

import dataclasses
from datetime import timedelta

from hypothesis import given, settings

from statuspage.render import follow
from statuspage.snapshot import Snapshot
from tests.render.make import NOW, make_page, make_snapshot
from tests.render.strategies import snapshots

ALONE = {"events.json", "history.rss", "feed.json", "status.txt"}
NAMES = {"history.atom", "maintenance.ics", "components/checkoutxxxx/maintenance.ics"}


def test_the_default_language_has_no_prefix_and_each_other_one_its_own() -> None:
    assert set(follow.files(make_snapshot())) == ALONE | NAMES | {f"fr/{name}" for name in NAMES}
    french = make_snapshot(page=make_page(default_language="fr"))
    assert set(follow.files(french)) == ALONE | NAMES | {f"en/{name}" for name in NAMES}


def test_a_page_of_one_language_has_no_other() -> None:
    page = make_page(languages=("fr",), default_language="fr")
    assert set(follow.files(make_snapshot(page=page))) == ALONE | NAMES


@settings(max_examples=40, deadline=None)
@given(snapshots())
def test_publishing_again_changes_no_byte(snapshot: Snapshot) -> None:
    passed = timedelta(minutes=17)
    later = dataclasses.replace(
        snapshot, sequence=snapshot.sequence + 1, generated_at=NOW + passed, good_until=NOW + 2 * passed
    )
    assert follow.files(snapshot) == follow.files(later)
