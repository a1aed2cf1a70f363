"""Monitors from a list of addresses: every line is looked at, bad ones are named, nothing is doubled."""

import io
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from monitors import url_import, url_list
from monitors.models import Feed, Monitor, Page, RegionVerdict
from monitors.network.guard import NOTHING
from monitors.url_import import Report, Verdict
from monitors.url_list import ListError
from tests.make import make_component, make_monitor, make_page
from tests.monitors.admin_pages import Staff, words
from tests.people import make_staff

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
PATH = "/admin/monitors/monitor/import/"


def bring_in(page: Page, text: str) -> Report:
    return url_import.bring_in(page, text, NOTHING, NOW)


def left(report: Report) -> list[tuple[int, str]]:
    return [(line.number, line.said or line.verdict) for line in report.left]


def test_a_list_says_what_to_watch_and_how() -> None:
    page = make_page()
    shop = make_component(page, slug="shop", name_en="Shop", name_fr="Boutique")
    search = make_component(page, slug="search")
    text = (
        "Name;URL;Component;Interval;Timeout;Tags;Regions\n"
        "Shop;https://shop.example.com/;boutique|search;30;5;eu|web;ams|nyc\n"
        ";tcp://db.example.com:5432;;;;;\n"
    )
    assert len(bring_in(page, text).new) == 2
    web, database = Monitor.objects.order_by("pk")
    assert (web.name, web.kind, web.config) == ("Shop", "http", {"url": "https://shop.example.com/"})
    assert (web.interval, web.timeout, web.tags, web.regions) == (30, 5, ["eu", "web"], ["ams", "nyc"])
    assert {feed.component for feed in Feed.objects.all()} == {shop, search}
    assert (database.name, database.kind) == ("db.example.com:5432", "tcp")
    assert database.config == {"address": "db.example.com:5432"}
    assert (database.interval, database.timeout, database.regions) == (60, 10, ["default"])


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example.com/\nhttps://b.example.com/\n",
        "url\nhttps://a.example.com/\nhttps://b.example.com/\n",
        "\ufeffadresse\tnom\r\nhttps://a.example.com/\tA\r\nhttps://b.example.com/\tB\r\n",
        'sep=;\n"url";"name"\n"https://a.example.com/";"A"\n"https://b.example.com/";"B"\n',
    ],
    ids=["addresses alone", "one column", "French with tabs", "Excel"],
)
def test_lists_look_differently(text: str) -> None:
    page = make_page()
    bring_in(page, url_list.decoded(text.encode()))
    urls = [config["url"] for config in Monitor.objects.order_by("pk").values_list("config", flat=True)]
    assert urls == ["https://a.example.com/", "https://b.example.com/"]


def test_what_is_watched_already_stays_as_it_is_and_nothing_is_doubled() -> None:
    page = make_page()
    make_monitor(page=page, name="Mine", config={"url": "https://a.example.com/"})
    make_monitor(name="Elsewhere", config={"url": "https://b.example.com/"})
    text = "https://a.example.com/\nhttps://b.example.com/\nhttps://b.example.com/\n"
    report = bring_in(page, text)
    assert [line.verdict for line in report.lines] == [Verdict.KNOWN, Verdict.NEW, Verdict.REPEATED]
    assert bring_in(page, text).new == []
    assert list(page.monitors.order_by("name").values_list("name", flat=True)) == ["Mine", "b.example.com"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("javascript:alert(1),,,,", "must begin with http:// or https://"),
        ("http://169.254.169.254/,,,,", "private or reserved network"),
        ("tcp://127.0.0.1:6379,,,,", "private or reserved network"),
        ("tcp://db.example.com,,,,", "Write host:port"),
        (",A name alone,,,", "This setting is required."),
        ("https://x.example.com/,,nowhere,,", "This page has no such component: nowhere"),
        ("https://x.example.com/,,,0,", "interval: a number of seconds from 1 to 86400, not “0”."),
        ("https://x.example.com/,,,often,", "not “often”"),
        ("https://x.example.com/,,,=1+1,", "not “=1+1”"),
        ("https://x.example.com/,,,5,9", "A check must not take longer than the interval."),
        ("https://x.example.com/,a\u202eb,,,", "control characters"),
        ("https://x.example.com/," + "x" * 101 + ",,,", "longer than 100 characters"),
        ('"https://x.example.com/,,,,', "A quotation mark on this line"),
        ("https://x.exa\0mple.com/,,,,", "characters in it that no text has"),
        ("https://x.example.com/" + "x" * 3_000 + ",,,,", "longer than 2,000 characters"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_stops_no_other(line: str, said: str) -> None:
    page = make_page()
    text = f"url,name,component,interval,timeout\nhttps://a.example.com/,,,,\n{line}\nhttps://b.example.com/,,,,\n"
    report = bring_in(page, text)
    assert Monitor.objects.count() == 2
    assert [number for number, _said in left(report)] == [3]
    assert said in left(report)[0][1]


@pytest.mark.parametrize("cell", ["Paris!", ",".join(f"r{number}" for number in range(300))])
def test_regions_are_read_as_forms_read_them(cell: str) -> None:
    report = bring_in(make_page(), f'url,regions\nhttps://a.example.com/,"{cell}"\n')
    assert [number for number, _said in left(report)] == [2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", url_list.NOTHING),
        ("\n\n,,\n", url_list.NOTHING),
        ("url,name\n", url_list.NOTHING),
        ("Name,Town\nAda,Paris\n", url_list.NO_ADDRESSES),
        ("url,address\na,b\n", url_list.TWICE),
        ("url\n" + "https://a.example.com/\n" * 2_001, url_list.TOO_MANY),
        ("x" * 500_000, url_list.TOO_LARGE),
    ],
    ids=["nothing", "blank", "names alone", "no address", "twice", "long", "large"],
)
def test_what_is_no_list_is_refused_whole(text: str, said: str) -> None:
    with pytest.raises(ListError) as refusal:
        bring_in(make_page(), text)
    assert str(refusal.value) == said
    assert not Monitor.objects.exists()


def test_names_that_two_components_have_stand_for_neither() -> None:
    page = make_page()
    for slug in ("one", "two"):
        make_component(page, slug=slug, name_en="Same", name_fr="")
    text = "url,component\nhttps://a.example.com/,same\nhttps://b.example.com/,one\n"
    assert [number for number, _said in left(bring_in(page, text))] == [2]


def test_two_thousand_lines_cost_statements_in_bulk_and_are_spread_over_an_interval(
    django_assert_max_num_queries: Any,
) -> None:
    page = make_page()
    make_component(page, slug="shop")
    rows = "".join(f"https://m{number}.example.com/,shop\n" for number in range(2_000))
    with django_assert_max_num_queries(60):
        bring_in(page, f"url,component\n{rows}")
    due = list(Monitor.objects.order_by("due_at").values_list("due_at", flat=True))
    assert len(due) == RegionVerdict.objects.count() == 2_000
    assert NOW < due[0] < due[-1] <= NOW + timedelta(seconds=60)
    assert due[1_000] - due[0] > timedelta(seconds=25)


def test_noise_never_brings_it_down() -> None:
    page = make_page()
    chance = random.Random(7)
    letters = "ab@.,;\"\n\r\t\0é=+-:/ '|htps"
    for _round in range(200):
        text = "url,interval\n" + "".join(chance.choices(letters, k=chance.randint(1, 200)))
        try:
            report = url_import.look(page, text, NOTHING)
        except ListError:
            continue
        assert len(report.new) + len(report.left) == len(report.lines)


# --- The screen


def ask(staff: Staff, **values: Any) -> HttpResponse:
    return staff.client.post(PATH, values)


def mark(answer: HttpResponse) -> str:
    return str(answer.context["looked"])  # type: ignore[attr-defined]


def test_it_shows_what_would_become_of_each_line_and_only_then_writes(staff: Staff) -> None:
    page = make_page()
    file = io.BytesIO(b"url,name\nhttps://a.example.com/,<b>A</b>\nnonsense,B\n")
    file.name = "list.csv"
    looked = ask(staff, page=page.pk, file=file)
    text = words(looked.content.decode())
    assert "Nothing is written yet." in text
    assert "Add 1 monitor" in text
    assert "must begin with http:// or https://" in text
    assert "<b>A</b>" not in looked.content.decode()
    assert not Monitor.objects.exists()
    kept = looked.context["form"].initial["text"]  # type: ignore[attr-defined]
    assert ask(staff, page=page.pk, text=kept, looked=mark(looked), sure="1").status_code == 302
    assert Monitor.objects.get().name == "<b>A</b>"


def test_a_long_list_says_how_many_more_there_are(staff: Staff) -> None:
    page = make_page()
    text = "\n".join(f"https://h{number}.example.com/" for number in range(203))
    answer = staff.client.post(PATH, {"page": page.pk, "text": text, "look": "1"})
    assert "and 3 more" in words(answer.content.decode())


def test_what_was_written_since_is_looked_at_first(staff: Staff) -> None:
    page, other = make_page(), make_page()
    looked = ask(staff, page=page.pk, text="https://a.example.com/")
    for values in (
        {"page": page.pk, "text": "https://b.example.com/"},
        {"page": other.pk, "text": "https://a.example.com/"},
    ):
        assert ask(staff, **values, looked=mark(looked), sure="1").status_code == 200
    assert not Monitor.objects.exists()


@pytest.mark.parametrize("values", [{}, {"text": "nothing"}, {"text": "x" * 500_000}])
def test_what_is_refused_is_said(staff: Staff, values: dict[str, str]) -> None:
    answer = ask(staff, page=make_page().pk, **values)
    assert "Nothing was imported." in words(answer.content.decode())


@pytest.mark.parametrize("role", ["viewer", "communicator"])
def test_only_who_may_add_one_may_import_many(client: Client, role: str) -> None:
    page = make_page()
    client.force_login(make_staff(role))
    body = {"page": page.pk, "text": "https://a.example.com/", "sure": "1"}
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, body).status_code == 403
