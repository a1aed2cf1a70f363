"""Visitors' reports: taken from strangers, bounded, counted, told once, forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from incidents import board_reports
from incidents.models import Report, Spike, TeamChannel, TeamMessage
from incidents.reports import chart, counts, receiving, spikes
from monitors import essentials
from monitors.models import Access, Component, Page
from subscribers import tokens
from tests.incidents.make import NOW, minutes
from tests.make import make_component, make_group, make_page

pytestmark = pytest.mark.django_db
REPORT = "abcdefghijk1"


def shown(page: Page, report: str = REPORT, **ago: float) -> str:
    """What a form carries that was shown then."""
    at = timezone.now() - timedelta(**ago or {"seconds": 2})
    return tokens.for_form(f"report {page.public_id} {report}", at)


def send(client: Client, page: Page, **values: Any) -> Any:
    report = values.setdefault("report", REPORT)
    remote = values.pop("remote", "192.0.2.1")
    fields = {"text": "It spins.", "shown": shown(page, report), "website": "", "language": "en"}
    return client.post(f"/report/{page.public_id}/send/", fields | values, REMOTE_ADDR=remote)


def make_reports(page: Page, number: int, component: Component | None = None, **ago: float) -> None:
    at = NOW - timedelta(**ago)
    Report.objects.bulk_create(
        Report(page=page, component=component, text="It spins.", created_at=at) for _each in range(number)
    )


@pytest.fixture
def stranger() -> Client:
    """As strict as a browser from another site: with CSRF checks, without a cookie."""
    return Client(enforce_csrf_checks=True)


def test_the_form_offers_what_the_page_shows_in_the_language_asked_for(stranger: Client) -> None:
    page = make_page()
    make_component(page, name_fr="Paiement", group=make_group(page, name_fr="Boutique"))
    make_component(page, name_fr="Caché", visible=False)
    response = stranger.get(f"/report/{page.public_id}/?language=fr")
    text = response.content.decode()

    assert response.status_code == 200
    assert '<html lang="fr">' in text
    assert '<optgroup label="Boutique">' in text
    assert "Paiement" in text
    assert "Caché" not in text
    assert not response.cookies
    assert "no-store" in response.headers["Cache-Control"]


def test_a_report_is_kept_as_it_was_typed(stranger: Client) -> None:
    page = make_page()
    component = make_component(page)
    text = "<b>It</b> spins\u202e\x07\r\nand <script>spins</script>"
    response = send(
        stranger, page, text=text, component=component.public_id, email="r@example.com", language="fr"
    )
    report = Report.objects.get()

    assert response.status_code == 200
    assert not response.cookies
    assert (report.component, report.email, report.language) == (component, "r@example.com", "fr")
    assert report.text == "<b>It</b> spins\nand <script>spins</script>"
    assert report.read_at is None


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"website": "https://spam.example"}, "It spins."),
        ({"shown": "forged"}, "It spins."),
        ({"text": "", "component": ""}, ""),
        ({"text": "x" * 2_001}, "xxx"),
        ({"email": "nobody"}, "It spins."),
        ({"component": "aaaaaaaaaaaa"}, "It spins."),
    ],
)
def test_what_cannot_be_sent_is_said_and_stays_in_the_form(
    stranger: Client, values: dict[str, str], kept: str
) -> None:
    response = send(stranger, make_page(), **values)

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert kept in response.content.decode()
    assert not Report.objects.exists()


def test_a_form_is_good_for_one_report_however_often_it_is_sent(stranger: Client) -> None:
    page = make_page()
    for _time in range(3):
        assert send(stranger, page).status_code == 200
    other = send(stranger, page, report="abcdefghijk2", shown=shown(page))

    assert other.status_code == 400
    assert Report.objects.count() == 1


def test_a_form_of_another_page_is_good_for_nothing(stranger: Client) -> None:
    assert send(stranger, make_page(), shown=shown(make_page())).status_code == 400


def test_beyond_its_share_a_network_gets_the_same_answer_and_nothing_is_kept(stranger: Client) -> None:
    page = make_page()
    answers = [
        send(stranger, page, report=f"abcdefghijk{number}", remote=f"2001:db8::{number}")
        for number in range(receiving.OF_ONE_NETWORK + 1)
    ]

    assert {answer.content for answer in answers} == {answers[0].content}
    assert Report.objects.count() == receiving.OF_ONE_NETWORK
    send(stranger, page, report="abcdefghijk9", remote="2001:db8:0:1::1")
    assert Report.objects.count() == receiving.OF_ONE_NETWORK + 1


def test_a_flood_from_everywhere_is_kept_up_to_a_bound(
    stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "OF_A_PAGE", 2)
    page = make_page()
    for number in range(4):
        answer = send(stranger, page, report=f"abcdefghijk{number}", remote=f"192.0.2.{number}")
        assert answer.status_code == 200

    assert Report.objects.count() == 2


def test_a_private_page_asks_for_its_password_first(stranger: Client) -> None:
    page = make_page(access=Access.PASSWORD)
    make_component(page, name_en="Secret project")
    for answer in (stranger.get(f"/report/{page.public_id}/"), send(stranger, page)):
        assert answer.status_code == 403
        assert "Secret project" not in answer.content.decode()
    assert not Report.objects.exists()


def test_nobody_reports_on_a_hidden_page_or_on_one_that_is_not(stranger: Client) -> None:
    assert stranger.get(f"/report/{make_page(hidden=True).public_id}/").status_code == 404
    assert stranger.get("/report/aaaaaaaaaaaa/").status_code == 404


def test_in_degraded_mode_it_says_so_kindly(stranger: Client) -> None:
    page = make_page()
    essentials.rest("ada", timezone.now())
    answer = send(stranger, page)

    assert answer.status_code == 503
    assert page.url in answer.content.decode()
    assert not Report.objects.exists()


def test_hours_end_now_and_usual_is_the_week_before_the_last_day(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    page = make_page()
    checkout, search = make_component(page), make_component(page)
    make_reports(page, 4, checkout, minutes=5)
    make_reports(page, 2, checkout, hours=23, minutes=59)
    make_reports(page, 336, checkout, days=3)
    make_reports(page, 1, None, minutes=61)
    make_reports(page, 9, search, days=2)
    make_reports(make_page(), 9, minutes=1)
    with django_assert_num_queries(2):
        found = counts.courses([page], NOW)

    assert [(each.component, each.last_hour, each.total, each.usually) for each in found] == [
        (checkout, 4, 6, 2),
        (None, 0, 1, 0),
    ]
    assert (found[0].hours[0], found[0].hours[23], found[1].hours[22]) == (2, 4, 1)
    assert chart.bars([0, 1, 100], 100) == "M11 40v-3.0h8V40zM21 40v-40.0h8V40z"


def test_a_spike_is_told_to_the_team_once_until_it_is_over() -> None:
    page = make_page(name="Acme")
    checkout = make_component(page, name_en="Checkout")
    TeamChannel.objects.create(name="ops", service="slack", url="https://hooks.example/x")
    make_reports(page, 6, checkout, minutes=10)

    assert [spikes.watch(NOW + minutes(each)) for each in (0, 1, 2)] == [1, 0, 0]
    message = TeamMessage.objects.get()
    assert message.event == "reports.spike"
    assert message.values["title"]["en"] == "Visitors report trouble: Checkout"
    assert message.values["text"]["en"] == "6 reports in 30 minutes on Acme; usually 0."
    assert spikes.watch(NOW + minutes(40)) == 0
    assert Spike.objects.get().until == NOW + minutes(40)
    Report.objects.update(created_at=NOW + minutes(50))
    assert spikes.watch(NOW + minutes(51)) == 1
    assert TeamMessage.objects.count() == 2


@pytest.mark.parametrize(
    ("usual", "now", "began"), [(0, 5, 0), (0, 6, 1), (336 * 4, 11, 0), (336 * 4, 12, 1)]
)
def test_more_than_usual_is_three_times_as_much_and_more_than_one_network_can_send(
    usual: int, now: int, began: int
) -> None:
    page = make_page()
    component = make_component(page)
    make_reports(page, usual, component, days=2)
    make_reports(page, now, component, minutes=1)

    assert spikes.watch(NOW) == began


def test_what_is_spread_over_a_page_is_told_of_the_page_and_only_where_no_component_says_it() -> None:
    page, other = make_page(), make_page()
    for each in (make_component(page), make_component(page), None):
        make_reports(page, 3, each, minutes=3)
    make_reports(other, 8, make_component(other), minutes=3)

    assert spikes.watch(NOW) == 2
    assert [(spike.page, bool(spike.component)) for spike in Spike.objects.order_by("pk")] == [
        (page, False),
        (other, True),
    ]


def test_what_is_old_is_forgotten() -> None:
    page = make_page()
    make_reports(page, 1, days=30)
    make_reports(page, 1, days=29)

    assert receiving.forget(NOW) == 1
    assert Report.objects.count() == 1


def sign_in(client: Client, *codes: str) -> None:
    user = User.objects.create_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client.force_login(user)


def test_staff_read_what_strangers_wrote_as_text(client: Client) -> None:
    page = make_page()
    Report.objects.create(
        page=page, text="<script>alert(1)</script>", email="r@example.com", created_at=timezone.now()
    )
    report = Report.objects.get()
    sign_in(client, "view_report")
    for path in ("", f"{report.pk}/change/"):
        text = client.get(f"/admin/incidents/report/{path}").content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "r@example.com" not in text
    assert client.post(f"/admin/incidents/report/{report.pk}/read/").status_code == 403
    assert client.get("/admin/incidents/report/add/").status_code == 403


def test_whoever_may_marks_reports_as_read_and_sees_addresses(client: Client) -> None:
    page = make_page()
    make_reports(page, 3, minutes=1)
    report = Report.objects.latest("pk")
    Report.objects.filter(pk=report.pk).update(email="r@example.com")
    sign_in(client, "view_report", "change_report")

    assert "r@example.com" in client.get(f"/admin/incidents/report/{report.pk}/change/").content.decode()
    assert client.get(f"/admin/incidents/report/{report.pk}/read/").status_code == 405
    client.post(f"/admin/incidents/report/{report.pk}/read/")
    assert Report.objects.filter(read_at=None).count() == 2
    client.post("/admin/incidents/report/read/")
    assert not Report.objects.filter(read_at=None).exists()


def test_the_board_shows_reports_while_there_are_any(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    page, user = make_page(), User(username="ada")
    assert board_reports.context([page], user, NOW) is None
    make_reports(page, 6, make_component(page), minutes=1)
    spikes.watch(NOW)
    with django_assert_num_queries(3):
        told = board_reports.context([page], user, NOW)
    assert told is not None
    assert [spike.most for spike in told["spikes"]] == [6]
