"""The page through an emergency: two publishers, one emergency post and an application that returns.

Hypothesis decides who makes the next request. Nobody takes the page back, nobody names a missing file,
and in the end every update is there once, whoever posted it.
"""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statuspage.publish import Bundle, Superseded, claimed_by
from statuspage.publish.state import State, decoded
from statuspage.publish.store import Mark
from statuspage.signing import Role, Signer
from statuspage.snapshot import Keys
from tests.publish.make import make_bundle, make_files, make_signer, posts
from tests.publish.test_fenced import Customer, shown
from tests.publish.turns import Objects, Publisher, Turns, interleave, whole

APPLICATION = make_signer(Role.APPLICATION)
EMERGENCY = make_signer(Role.EMERGENCY)
KEYS = Keys(APPLICATION.public, EMERGENCY.public)
TURNS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 15)), max_size=20)
Page = Mapping[str, str]


class Application:
    """Its database: what staff posted, and whatever it has taken over from an emergency."""

    def __init__(self, objects: Objects, page: Page) -> None:
        self.page = dict(page)
        self.sequence = 1
        self.held = 0
        self.over = ""
        self._objects = objects
        self._releases: dict[int, dict[str, bytes]] = {}

    def next(self, **posted: str) -> Bundle:
        """The bundle of the next release, in which `posted` is new."""
        self.page |= posted
        self._releases[self.sequence] = make_files(self.sequence, self.page)
        bundle = make_bundle(self._releases, self.sequence, self.held)
        self.sequence += 1
        return replace(bundle, signer=APPLICATION, over=self.over)

    def returns(self) -> None:
        """Publishes until it holds; takes over what is ahead of it where the emergency key signed that."""
        for _ in range(3):
            try:
                whole(self._objects, self.next())
            except Superseded:
                self._take_over()
            else:
                self.held = self.sequence - 1
                return
        raise AssertionError("it never came to publish")

    def _take_over(self) -> None:
        ahead = said(self._objects)
        role = claimed_by(ahead, KEYS)
        assert role is not None, "somebody else is ahead"
        if role is Role.EMERGENCY:
            self.page |= posts(self._objects["status.json"][0])
            self.over = ahead.release
        self.sequence = ahead.sequence + 1


def said(objects: Objects) -> State:
    return decoded(objects["sequence.json"][0])


def post(objects: Objects, text: str, signer: Signer) -> Bundle:
    """What the emergency tool publishes over what it sees: a partial release, one higher."""
    sequence = said(objects).sequence + 1
    page = posts(objects["status.json"][0]) | {"emergency": text}
    changed = make_files(sequence, page)
    return Bundle("p1", sequence, changed, (), None, signer=signer)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns=TURNS, late=st.integers(0, 60))
def test_an_emergency_is_never_lost_and_the_page_never_goes_back(turns: Turns, late: int) -> None:
    objects: Objects = {}
    application = Application(objects, {"before": "resolved"})
    whole(objects, application.next())
    application.held = 1
    customer = Customer(objects)
    # Two publishers of the application, of which the first dies somewhere, and the tool beside them.
    first = Publisher(objects, application.next(a="down"))
    for _ in range(late):
        first.step()
        customer.looks()
    second = Publisher(objects, application.next(b="down"))
    tool = Publisher(objects, post(objects, "posted by hand", EMERGENCY))
    interleave([first, second, tool], [(whose % 3, count) for whose, count in turns], customer.looks)
    if tool.error:
        # It says so, and the person tries again: nobody publishes beside it now.
        whole(objects, post(objects, "posted by hand", EMERGENCY))
        customer.looks()
    assert posts(objects["status.json"][0])["emergency"] == "posted by hand"
    application.returns()
    customer.looks()
    application.returns()
    customer.looks()
    expected = {"before": "resolved", "a": "down", "b": "down", "emergency": "posted by hand"}
    assert shown(objects) == make_files(application.sequence - 1, expected)
    assert claimed_by(said(objects), KEYS) is Role.APPLICATION


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns=TURNS)
def test_an_application_that_returns_in_the_middle_of_a_post_overtakes_nobody(turns: Turns) -> None:
    """The tool writes while the application is back already: one of the two is told that it lost."""
    objects: Objects = {}
    application = Application(objects, {"before": "resolved"})
    whole(objects, application.next())
    application.held = 1
    customer = Customer(objects)
    tool = Publisher(objects, post(objects, "posted by hand", EMERGENCY))
    others = [Publisher(objects, application.next(a="down")), Publisher(objects, application.next(b="up"))]
    interleave([tool, *others], [(whose % 3, count) for whose, count in turns], customer.looks)
    assert any(publisher.error is None for publisher in (tool, *others))
    # The application looks at what it was refused for, takes it over and goes on.
    application.returns()
    customer.looks()
    if tool.error:
        # The person is told, and tries again.
        whole(objects, post(objects, "posted by hand", EMERGENCY))
        customer.looks()
    for _ in range(2):
        application.returns()
        customer.looks()
    expected = {"before": "resolved", "a": "down", "b": "up", "emergency": "posted by hand"}
    assert shown(objects) == make_files(application.sequence - 1, expected)


def forge(objects: Objects, claim: State) -> None:
    objects["sequence.json"] = (claim.encoded(), Mark(claim.page, claim.sequence, "forged"))


@given(ahead=st.integers(1, 10**12), steps=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_a_forged_higher_sequence_stops_every_publisher_and_is_nobodys(ahead: int, steps: int) -> None:
    objects: Objects = {}
    application = Application(objects, {"before": "resolved"})
    whole(objects, application.next())
    application.held = 1
    publisher = Publisher(objects, application.next(a="down"))
    for _ in range(steps):
        publisher.step()
    going_on = not publisher.over
    forged = replace(said(objects), sequence=10 + ahead)
    forge(objects, forged)
    before = shown(objects)
    publisher.finish()
    stranger = forged.signed(make_signer(Role.EMERGENCY, b"stranger"))
    for claim in (forged, stranger):
        forge(objects, claim)
        latecomer = Publisher(objects, application.next(b="down"))
        latecomer.finish()
        assert isinstance(latecomer.error, Superseded)
        assert claimed_by(said(objects), KEYS) is None
        assert said(objects) == claim
    if going_on:
        assert publisher.error is not None, "it did not notice"
    if steps == 0:
        assert isinstance(publisher.error, Superseded)
        assert shown(objects) == before
