"""The team hears once that a region fell silent and once that it is back; the board shows it meanwhile."""

import pytest
from django.test import Client

from incidents.watching import silence
from monitors.models import Region
from tests.incidents.team.test_team import make_channel
from tests.incidents.watching.scenes import at, told
from tests.make import make_monitor, make_page
from tests.people import make_staff

pytestmark = pytest.mark.django_db


def test_the_team_is_told_once_each_time() -> None:
    page, other = make_page(), make_page()
    make_monitor(page=page, regions=["mars", "default"])
    for number, channel_of in enumerate((page, other, None)):
        make_channel(f"https://hooks.example.com/{number}", channel_of)
    region = Region.objects.create(name="mars", heard_at=at(0), silent_since=at(5))
    for minute in (5, 5.1, 6):
        silence.tick(at(minute))
    fell = told("region.silent")
    assert {message.channel.page for message in fell} == {page, None}
    assert len(fell) == 2
    assert fell[0].values["title"] == {
        "en": "No checks from region “mars”",
        "fr": "Plus de contrôles de la région «\N{NO-BREAK SPACE}mars\N{NO-BREAK SPACE}»",
    }
    assert "checked from there: 1." in fell[0].values["text"]["en"]
    assert told("region.back") == []
    Region.objects.filter(pk=region.pk).update(silent_since=None)
    for minute in (7, 7.1):
        silence.tick(at(minute))
    assert len(told("region.back")) == 2
    Region.objects.filter(pk=region.pk).update(silent_since=at(9))
    silence.tick(at(9))
    assert len(told("region.silent")) == 4


def test_a_region_that_is_silent_again_before_anybody_looked_is_told_again() -> None:
    page = make_page()
    make_channel("https://hooks.example.com/1", page)
    make_monitor(page=page, regions=["mars"])
    region = Region.objects.create(name="mars", silent_since=at(5))
    silence.tick(at(5))
    Region.objects.filter(pk=region.pk).update(silent_since=at(8))
    silence.tick(at(8))
    assert len(told("region.silent")) == 2


def test_the_board_shows_it(client: Client) -> None:
    make_monitor(page=make_page(), regions=["mars"])
    client.force_login(make_staff("viewer"))
    assert "Regions without checks" not in client.get("/admin/").content.decode()
    Region.objects.create(name="mars", silent_since=at(5))
    board = client.get("/admin/").content.decode()
    assert "Regions without checks" in board
    assert "nothing has ever come from there" in board


def test_the_team_is_told_once_that_a_region_doubts_its_own_network() -> None:
    page = make_page()
    make_channel("https://hooks.example.com/1", page)
    make_monitor(page=page, regions=["mars"])
    region = Region.objects.create(name="mars", offline_since=at(5), offline_at=at(5))
    for minute in (5, 5.1, 6):
        silence.tick(at(minute))
    [begun] = told("region.doubts")
    assert begun.values["title"]["en"] == "Region “mars” doubts its own network"
    assert begun.values["text"]["en"].startswith("Its checks fail as if its own network were gone")
    assert told("region.sure") == []
    Region.objects.filter(pk=region.pk).update(offline_since=None, offline_at=None)
    for minute in (20, 20.1):
        silence.tick(at(minute))
    assert [message.values["title"]["en"] for message in told("region.sure")] == [
        "Region “mars” no longer doubts its own network"
    ]
    Region.objects.filter(pk=region.pk).update(offline_since=at(30), offline_at=at(30))
    silence.tick(at(30))
    assert len(told("region.doubts")) == 2
    assert told("region.silent") == told("region.back") == []


def test_without_witnesses_the_team_is_told_that_it_may_be_a_real_outage(client: Client) -> None:
    page = make_page()
    make_channel("https://hooks.example.com/1", page)
    monitor = make_monitor(page=page, regions=["mars"])
    monitor.region_verdicts.update(reason="unwitnessed")
    Region.objects.create(name="mars", offline_since=at(5), offline_at=at(5))
    silence.tick(at(5))
    [begun] = told("region.doubts")
    assert "it may be a real outage" in begun.values["text"]["en"]
    assert "il peut s’agir d’une vraie panne" in begun.values["text"]["fr"]
    client.force_login(make_staff("viewer"))
    board = client.get("/admin/").content.decode()
    assert "has doubted its own network for" in board
    assert "it may be a real outage of all of it" in board


def test_the_board_says_of_which_region_the_network_is_in_doubt(client: Client) -> None:
    make_monitor(page=make_page(), regions=["mars"])
    Region.objects.create(name="mars", offline_since=at(5), offline_at=at(5))
    client.force_login(make_staff("viewer"))
    board = client.get("/admin/").content.decode()
    assert "Regions without checks" in board
    assert "has doubted its own network for" in board
    assert "real outage" not in board
