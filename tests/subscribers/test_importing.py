"""Lists of subscribers from elsewhere, also hostile ones."""

import io
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from monitors.models import Page
from monitors.network.guard import Allow
from subscribers import signup, suppression
from subscribers.lists import importing
from subscribers.lists.entries import Entry
from subscribers.lists.importing import Report, Verdict
from subscribers.lists.reading import Kind, ListError
from subscribers.models import Delivery, Notice, Priority, State, Subscriber, Suppression
from tests.make import make_component, make_group, make_page
from tests.subscribers.make import NOW, make_means, make_subscriber, notify, states

pytestmark = pytest.mark.django_db

PROOF = "Contract of 2024, section 7"


def file_of(text: str | bytes) -> io.BytesIO:
    return io.BytesIO(text if isinstance(text, bytes) else text.encode())


def look(page: Page, text: str | bytes, *, asks: bool = False) -> Report:
    return importing.look(page, file_of(text), make_means(), NOW, asks=asks)


def bring_in(page: Page, text: str | bytes, *, asks: bool = False) -> Report:
    return importing.bring_in(page, file_of(text), make_means(), NOW, asks=asks, proof=PROOF)


def addresses(page: Page, state: State = State.ACTIVE) -> list[str]:
    return sorted(page.subscribers.filter(state=state).values_list("address", flat=True))


def left(report: Report) -> list[tuple[int, str]]:
    return [(each.line, each.sentence) for each in report.left]


STATUSPAGE = (
    "Type,Address,Skip Confirmation Notification,Components\n"
    "email,ada@example.com,yes,Checkout\n"
    "webhook,https://hooks.example.com/a,,\n"
    "sms,5551234,,\n"
)
STATUSPAGE_EXPORT = (
    "id,mode,email,endpoint,phone_number,quarantined_at,components\n"
    "a1,email,ada@example.com,,,,\n"
    "a2,webhook,ops@example.com,https://hooks.example.com/a,,,\n"
    "a3,email,gone@example.com,,,2024-01-01T00:00:00Z,\n"
    "a4,sms,,,5551234,,\n"
)
CACHET = (
    "id,email,verify_code,phone_number,slack_webhook_url,verified_at,created_at,updated_at,global\n"
    "1,ada@example.com,x1,,,2020-01-01 00:00:00,,,1\n"
    "2,unproved@example.com,x2,,,,,,1\n"
    "3,some@example.com,x3,,,2020-01-01 00:00:00,,,0\n"
)


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        (STATUSPAGE, Kind.STATUSPAGE, ["ada@example.com", "https://hooks.example.com/a"]),
        (STATUSPAGE_EXPORT, Kind.STATUSPAGE, ["ada@example.com", "https://hooks.example.com/a"]),
        ("email,ada@example.com,yes\n", Kind.STATUSPAGE, ["ada@example.com"]),
        (CACHET, Kind.CACHET, ["ada@example.com"]),
        ("E-Mail;Name\nAda@Example.COM;Ada\n", Kind.PLAIN, ["ada@example.com"]),
        ("ada@example.com\nbob@example.com\n", Kind.PLAIN, ["ada@example.com", "bob@example.com"]),
        ('sep=;\n"email";"x"\n"ada@example.com";"1"\n', Kind.PLAIN, ["ada@example.com"]),
        ("email\tname\nada@example.com\tAda\n".encode("utf-16"), Kind.PLAIN, ["ada@example.com"]),
        ("\ufeffemail,language\r\nada@example.com,fr\r\n", Kind.PLAIN, ["ada@example.com"]),
    ],
)
def test_lists_from_elsewhere_are_known_by_their_first_line(text: Any, kind: Kind, told: list[str]) -> None:
    page = make_page()
    make_component(page, name_en="Checkout", name_fr="Paiement")
    report = bring_in(page, text)

    assert report.kind == kind
    assert addresses(page) == told


def test_what_a_list_says_of_each_is_kept() -> None:
    page = make_page(languages=["en", "fr"])
    shop = make_group(page, name_en="Shop")
    checkout = make_component(page, slug="checkout", name_en="Checkout, EU")
    search = make_component(page, slug="search")
    bring_in(
        page,
        "email,language,components,groups,kinds,time zone,proof\n"
        'ada@example.com,fr-FR,"Checkout, EU",,incident,Europe/Paris,\n'
        "bob@example.com,de,checkout|search,shop,,,Ticked a box in 2019\n"
        "cleo@example.com,,,,,,\n",
    )
    ada, bob, cleo = page.subscribers.defer("secret").order_by("address")

    assert (ada.language, ada.kinds, ada.time_zone, ada.everything) == (
        "fr",
        "incident",
        "Europe/Paris",
        False,
    )
    assert list(ada.components.all()) == [checkout]
    assert (bob.language, set(bob.components.all()), set(bob.groups.all())) == (
        "en",
        {checkout, search},
        {shop},
    )
    assert bob.proof == f"{PROOF} · Ticked a box in 2019"
    assert (cleo.everything, cleo.proof, cleo.confirmed_at) == (True, PROOF, NOW)


def test_whoever_was_brought_in_is_told_of_the_next_incident() -> None:
    page = make_page()
    component = make_component(page, slug="checkout")
    make_component(page, slug="search")
    bring_in(page, "email,components\nada@example.com,checkout\nbob@example.com,search\n")
    notice = notify(page, "incident.created", component)

    assert list(states(notice)) == ["ada@example.com"]


def test_nobody_who_left_or_is_suppressed_is_subscribed_by_a_list() -> None:
    page = make_page()
    gone = make_subscriber(page, address="gone@example.com")
    dead = make_subscriber(page, address="dead@example.com")
    signup.leave(gone.public_id, NOW)
    signup.disable(dead.public_id, NOW)
    suppression.suppress("barred@example.com", Suppression.Reason.STAFF, "asked us", NOW)
    text = "gone@example.com\nGONE@example.com\ndead@example.com\nbarred@example.com\n"
    for asks in (False, True):
        report = bring_in(page, text, asks=asks)

        assert report.new == 0
        assert report.counts[Verdict.LEFT] == 2
        assert report.counts[Verdict.SUPPRESSED] == 1
        assert report.counts[Verdict.REPEATED] == 1
    assert addresses(page) == []
    assert not Delivery.objects.exists()


def test_who_is_there_already_stays_as_they_are() -> None:
    page = make_page()
    component = make_component(page, slug="checkout")
    make_subscriber(page, component, address="ada@example.com", language="fr", proof="")
    report = bring_in(page, "email,language\nada@example.com,en\n")
    ada = page.subscribers.get()

    assert report.counts[Verdict.KNOWN] == 1
    assert (ada.language, ada.proof, ada.everything) == ("fr", "", False)


def test_whoever_only_typed_their_address_is_brought_in_and_not_dropped_after_a_week() -> None:
    page = make_page()
    signup.request(page, "email", "ada@example.com", signup.Wish("en"), NOW)
    bring_in(page, "ada@example.com\n")
    signup.drop_pending(NOW + timedelta(days=8))

    assert addresses(page) == ["ada@example.com"]


def test_each_can_be_asked_to_confirm_behind_everything_else_that_waits() -> None:
    page = make_page()
    component = make_component(page, slug="checkout")
    report = bring_in(page, "email,components\nada@example.com,checkout\n", asks=True)
    again = bring_in(page, "ada@example.com\n", asks=True)
    ada = page.subscribers.get()

    assert (report.new, again.counts[Verdict.ASKED]) == (1, 1)
    assert (ada.state, ada.proof) == (State.PENDING, PROOF)
    assert Delivery.objects.get().priority == Priority.LATER
    signup.confirm(Notice.objects.get().public_id, NOW)
    ada.refresh_from_db()
    assert (ada.state, ada.proof, list(ada.components.all())) == (State.ACTIVE, PROOF, [component])


def test_who_never_confirmed_elsewhere_can_only_be_asked() -> None:
    page = make_page()
    assert bring_in(page, CACHET).counts[Verdict.UNCONFIRMED] == 1
    bring_in(page, CACHET, asks=True)
    assert addresses(page, State.PENDING) == ["unproved@example.com"]


def test_looking_writes_nothing_and_says_the_same_as_importing() -> None:
    page = make_page()
    make_subscriber(page, address="known@example.com")
    text = "known@example.com\nnew@example.com\nnot an address\nnew@example.com\n"
    looked = look(page, text)
    assert page.subscribers.count() == 1
    done = bring_in(page, text)

    assert looked == done
    assert left(done) == [
        (3, "This is not an e-mail address that mail can be sent to."),
        (4, Verdict.REPEATED),
    ]


def test_a_webhook_gets_a_secret_and_whom_to_tell_when_it_fails() -> None:
    page = make_page()
    bring_in(page, STATUSPAGE_EXPORT)
    hook = page.subscribers.get(channel="webhook")

    assert hook.secret.startswith("whsec_")
    assert hook.contact == "ops@example.com"


@pytest.mark.parametrize(
    ("line", "sentence", "about"),
    [
        ("x@example.com,nowhere,,", "This page has no such component:", "nowhere"),
        ("x@example.com,,nobody,", "This page has no such group:", "nobody"),
        ("x@example.com,,,everything at once", "This is not known here:", "everything at once"),
        ("=cmd|x@example,,,", "This is not an e-mail address that mail can be sent to.", "=cmd|x@example"),
        ("https://hooks.example.com/…abcd,,,", "The address is shortened.", "https://hooks"),
        ("http://127.0.0.1:5432/,,,", "The address belongs to a private or reserved network.", "http://127"),
        (",,,", None, ""),
        (",a,,", "There is no address on this line.", ""),
        (
            '"x@example.com,,,',
            "A quotation mark on this line is opened and not closed, or closed too early.",
            "",
        ),
        ("x@exa\0mple.com,,,", "This line has characters in it that no text has.", ""),
        ("x" * 50_000 + "@example.com,,,", "This line is too long.", ""),
        ("x@example.com" + "," * 5_000, "This line has too many columns.", ""),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_stops_no_other(
    line: str, sentence: str | None, about: str
) -> None:
    page = make_page()
    means = make_means(webhook_allow=Allow.parse(""))
    text = f"email,components,groups,kinds\nada@example.com,,,\n{line}\nbob@example.com,,,\n"
    report = importing.bring_in(page, file_of(text), means, NOW, asks=False, proof=PROOF)

    assert addresses(page) == ["ada@example.com", "bob@example.com"]
    assert [each.line for each in report.left] == ([3] if sentence else [])
    if sentence:
        assert report.left[0].sentence.startswith(sentence)
        assert report.left[0].about.startswith(about)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n,,,\n",
        "Name,Town\nAda,Paris\n",
        "email,E-Mail\na@example.com,b@example.com\n",
        "email," * 1_000_000,
        "x" * 10_000_000,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04\x14\x00",
        '"email',
    ],
    ids=["nothing", "blank", "no address", "twice", "wide", "long", "picture", "spreadsheet", "open quote"],
)
def test_what_is_no_list_is_refused_whole(text: Any) -> None:
    page = make_page()
    with pytest.raises(ListError):
        bring_in(page, text)
    assert not page.subscribers.exists()


def test_a_file_is_read_line_by_line_in_any_encoding() -> None:
    page = make_page(languages=["en", "fr"])
    make_component(page, slug="shop", name_en="Shop", name_fr="L’été à Évry")
    latin = "email;composants\nada@example.com;L’été à Évry\n".encode("cp1252")
    report = bring_in(page, latin)

    assert (report.encoding, report.new) == ("cp1252", 1)
    assert page.subscribers.get().components.get().slug == "shop"


def test_names_that_two_components_have_stand_for_neither() -> None:
    page = make_page()
    for slug in ("one", "two"):
        make_component(page, slug=slug, name_en="Same")
    report = bring_in(page, "email,components\nada@example.com,same\nbob@example.com,one\n")

    assert addresses(page) == ["bob@example.com"]
    assert report.left[0].about == "same"


def test_an_import_that_breaks_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    page = make_page()
    monkeypatch.setattr(importing, "BATCH", 2)
    entries = iter(range(4))

    def breaks(self: Entry) -> tuple[str, str]:
        if next(entries, None) is None:
            raise MemoryError
        return self.channel, self.address

    monkeypatch.setattr(Entry, "key", property(breaks))
    with pytest.raises(MemoryError):
        bring_in(page, "".join(f"reader{number}@example.com\n" for number in range(9)))
    assert not page.subscribers.exists()


def test_many_lines_cost_statements_by_the_thousand(django_assert_max_num_queries: Any) -> None:
    page = make_page()
    text = "email\n" + "".join(f"reader{number}@example.com\n" for number in range(5_000))
    with django_assert_max_num_queries(18):
        report = bring_in(page, text)

    assert report.new == 5_000
    assert page.subscribers.filter(state=State.ACTIVE, proof=PROOF).count() == 5_000


def test_noise_never_brings_it_down() -> None:
    page = make_page()
    chance = random.Random(7)
    letters = "ab@.,;\"\n\r\t\0é=+-:/ '|"
    for _round in range(300):
        text = "email,components\n" + "".join(chance.choices(letters, k=chance.randint(1, 200)))
        report = bring_in(page, text) if "\n" in text.strip() else None
        if report:
            assert report.lines == report.counts.total()
    for subscriber in Subscriber.objects.defer("secret"):
        assert "\0" not in subscriber.address


def test_a_command_imports_the_same_way(tmp_path: Path) -> None:
    page = make_page(domain="status.example.com")
    file = tmp_path / "list.csv"
    file.write_text("email\nada@example.com\nnobody\n")
    said = io.StringIO()
    options = {"page": page.domain, "proof": PROOF, "stdout": said}
    call_command("import_subscribers", file, dry_run=True, **options)
    assert not page.subscribers.exists()
    call_command("import_subscribers", file, **options)

    assert addresses(page) == ["ada@example.com"]
    assert "line 3: This is not an e-mail address" in said.getvalue()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"page": "other.example.com"}, "There is no page"),
        ({"proof": "  "}, "--proof"),
        ({"file": "/nonexistent/list.csv"}, "No such file"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path: Path, change: dict[str, str], said: str) -> None:
    page = make_page()
    file = tmp_path / "list.csv"
    file.write_text("ada@example.com\n")
    options = {"page": page.domain, "proof": PROOF} | change
    with pytest.raises(CommandError, match=said):
        call_command("import_subscribers", options.pop("file", file), **options)
    assert not page.subscribers.exists()


def test_whoever_left_is_not_brought_in_because_somebody_typed_their_address_since() -> None:
    page = make_page()
    left = make_subscriber(page, address="left@example.com")
    signup.leave(left.public_id, NOW - timedelta(days=30))
    signup.request(page, "email", left.address, signup.Wish("en"), NOW - timedelta(days=2))

    assert bring_in(page, "left@example.com\n").counts == {Verdict.LEFT: 1}
    assert bring_in(page, "left@example.com\n", asks=True).counts == {Verdict.LEFT: 1}
    assert signup.drop_pending(NOW + timedelta(days=8)) == 0
    assert bring_in(page, "left@example.com\n").counts == {Verdict.LEFT: 1}
    assert addresses(page, State.UNSUBSCRIBED) == ["left@example.com"]
