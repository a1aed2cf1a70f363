"""The pages in a text browser, which knows neither style nor script nor `hidden`."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from statuspage.render import render
from tests.render.browser import Site, serving
from tests.render.make import make_demo, make_documents

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("render-browser")]
ONLY_FOR_SCRIPT = ("no longer be true", "newer version", "time zone", "plus vrai", "plus récente", "fuseau")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    snapshot = make_demo(months=("2026-11",))
    with serving(render(snapshot, make_documents(snapshot))) as serving_it:
        yield serving_it


def read(site: Site, path: str) -> str:
    """What w3m shows, 80 columns wide; without it a test is skipped aloud, and under CI that is a failure."""
    program = shutil.which("w3m")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("w3m is missing: apt-get install w3m")
    flags = ("-dump", "-cols", "80", "-O", "UTF-8")
    done = subprocess.run(
        [program, *flags, f"{site.url}{path}"], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout


def in_order(text: str, *said: str) -> None:
    """Fails unless `text` holds all that is said, one after the other, wherever its lines break."""
    flat, at = " ".join(text.split()), 0
    for each in said:
        at = flat.find(each, at)
        assert at >= 0, f"{each!r} is not there, or too early:\n{text}"
        at += len(each)


def test_the_index_answers_first_and_then_lists_everything(site: Site) -> None:
    in_order(
        read(site, ""),
        "Acme status History Subscribe Français",
        "It’s us. Payments cannot be completed",
        "Our card processor’s certificate was replaced",
        "Affected Checkout (major outage)",
        "Next update by 15:00 UTC",
        "As of 14:40:12 UTC, refreshed every minute.",
        "Maintenance in progress",
        "Components",
        "• Checkout Major outage",
        "99.726% uptime",
        "• Catalogue Operational",
        "Planned maintenance",
        "Past two weeks",
        "Be told",
        "Atom feed API Contact us",
    )


def test_an_incident_reads_from_its_newest_update_to_its_first(site: Site) -> None:
    in_order(
        read(site, "fr/incidents/paymentscann/"),
        "Les paiements n’aboutissent pas",
        "État Cause identifiée",
        "Touché Checkout",
        "Mises à jour",
        "Un correctif est en test.",
        "Card payments fail for most customers. (en anglais)",
        "Nous cherchons.",
        "Checkout : panne majeure",
    )


def test_a_component_has_its_days_as_tables_with_words(site: Site) -> None:
    text = read(site, "components/checkoutxxxx/")
    in_order(
        text,
        "Major outage, since 22 November 2026, 14:02 UTC",
        "Past 90 days 99.726% uptime",
        "Tags America, Europe",
        "10 September degraded performance for 20 minutes",
        "November 2026 Mon Tue Wed Thu Fri Sat Sun 1 2 3",
        "10 degraded performance 11",
    )
    assert re.search(r"^16 +17 +18 +19 +20 +21 +22$", text, re.MULTILINE)


def test_the_uptime_page_says_how_it_is_computed_and_then_every_figure(site: Site) -> None:
    in_order(
        read(site, "uptime/"),
        "Uptime is 100% minus the weighted share of downtime",
        "Checkout 99.726% uptime",
        "Catalogue 99.778% uptime",
        "All about it",
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "fr/",
        "uptime/",
        "fr/history/",
        "history/2026-11/",
        "tags/europe/",
        "incidents/paymentscann/",
        "404",
    ],
)
def test_what_only_a_script_may_say_is_not_read_out(site: Site, path: str) -> None:
    text = read(site, path)
    assert len(text) > 100
    assert [words for words in ONLY_FOR_SCRIPT if words in text] == []
