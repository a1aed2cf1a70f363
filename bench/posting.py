"""From the click of staff to what each target serves, beside a past of the demonstration's few incidents
and beside 10,000 more: the whole product, as script/server starts it, on this machine.

The form of the console is sent as a browser sends it. A folder (served by the product's own origin) and an
S3 store are asked for the page every few milliseconds until it holds the words just posted; it is the last
file that a publication writes.
"""

import os
import random
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.product import Product, fetch, until
from tests.publish import s3server
from tests.publish.s3server import S3Server

if TYPE_CHECKING:
    from incidents.models import Incident
    from monitors.models import Page

POSTS = 50
PAST, MONTHS = 10_000, 100
LOOKS = 10
PATIENCE = 600  # seconds for the first publication of everything
BODY = "Search results were slow for some customers in Europe. " * 4
HEAD = """\
## From the click to the page

{posts} updates of an open incident for each row, one after the other, on both targets at once; until the
index at the target holds the words. Goal: p95 ≤ 1 s, whatever the past.

| target | past incidents | median ms | p95 ms | ratio of medians |
|---|---:|---:|---:|---:|"""
READ = """\

Reading the database for one such update: {few.queries} queries and {few.ms:.0f} ms beside few,
{many.queries} queries and {many.ms:.0f} ms beside {past:,} past incidents (medians of {looks})."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What `take` costs."""

    queries: int
    ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Beside one past: milliseconds of each post by target, and of the reading."""

    past: int
    took: Mapping[str, Sequence[float]]
    reading: Reading


class Composer(HTMLParser):
    """The form that posts an update, as the browser would send it untouched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._form: list[tuple[str, str]] = []
        self._select = self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Collects what each control holds."""
        named = dict(attrs)
        name, value = named.get("name") or "", named.get("value") or ""
        if tag == "form":
            self._form = []
        elif tag == "input" and name:
            choice = named.get("type") in ("checkbox", "radio")
            if named.get("type") != "submit" and (not choice or "checked" in named):
                self._form.append((name, value or ("on" if choice else "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in named:
            self._form.append((self._select, value))
        elif tag == "textarea":
            self._text = name
            self._form.append((name, ""))

    def handle_data(self, data: str) -> None:
        """What stands in a text."""
        if self._text:
            name, before = self._form[-1]
            self._form[-1] = (name, before + data)

    def handle_endtag(self, tag: str) -> None:
        """Keeps the form that holds the text of an update."""
        if tag == "textarea":
            self._text = ""
        elif tag == "select":
            self._select = ""
        elif tag == "form" and any(name == "body_en" for name, _value in self._form):
            self.fields = self._form


class Staff:
    """Somebody signed in, at the screen of one incident."""

    def __init__(self, product: Product, incident: "Incident") -> None:
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.auth.models import User
        from django.contrib.sessions.backends.db import SessionStore

        user = User.objects.get()
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        self._origin, self._cookies = product.url, f"sessionid={session.session_key}"
        self._browser = urllib.request.build_opener(NoRedirect)
        self._screen = f"{product.url}/admin/incidents/incident/{incident.pk}/change/"

    def write(self, words: str) -> urllib.request.Request:
        """Opens the screen and types an update, ready to be sent."""
        headers = {"Cookie": self._cookies, "Origin": self._origin}
        with self._browser.open(urllib.request.Request(self._screen, headers=headers)) as answer:
            fields = dict(Composer(answer.read().decode()).fields)
            if not fields:
                raise RuntimeError("Nobody is signed in")
            given = [each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie", [])]
        headers["Cookie"] = "; ".join([self._cookies, *given])
        fields |= {"status": "identified", "body_en": words, "body_fr": ""}
        return urllib.request.Request(
            self._screen, data=urllib.parse.urlencode(fields).encode(), headers=headers
        )

    def send(self, update: urllib.request.Request) -> None:
        """Clicks. Raises RuntimeError where that is not answered by the screen it leads to."""
        with self._browser.open(update) as answer:
            if answer.status != 302:
                raise RuntimeError("The update was refused")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as the answer that it is."""

    def http_error_302(self, request: Any, answer: Any, code: int, said: str, headers: Any) -> Any:
        """As it came."""
        return answer


def make_target(page: "Page", store: S3Server) -> None:
    """The bucket beside the folder that the installation has from its beginning."""
    from statuspage.models import Target

    store.client().create_bucket(Bucket="private")
    config = {
        "bucket": "pages",
        "private_bucket": "private",
        "endpoint_url": store.url,
        "addressing_style": "path",
        "access_key_env": "BENCH_ACCESS_KEY_ID",
        "secret_key_env": "BENCH_SECRET_ACCESS_KEY",
    }
    Target.objects.create(page=page, name="store", kind="s3", config=config)


def make_past(page: "Page", now: datetime) -> None:
    """Incidents of two updates each, spread evenly over MONTHS."""
    from incidents.models import Incident, Update

    apart = timedelta(days=30.44 * MONTHS / PAST)
    incidents = [
        Incident(
            page=page,
            title_en=f"Trouble {number} with searches",
            title_fr=f"Trouble {number} des recherches",
            status="resolved",
            started_at=begun,
            resolved_at=begun + timedelta(hours=1),
            created_at=begun,
            updated_at=begun + timedelta(hours=1),
        )
        for number in range(PAST)
        for begun in [now - timedelta(hours=2) - number * apart]
    ]
    Incident.objects.bulk_create(incidents, batch_size=1000)
    steps = (("investigating", timedelta()), ("resolved", timedelta(hours=1)))
    Update.objects.bulk_create(
        (
            Update(incident=incident, status=status, body_en=BODY, body_fr=BODY, created_at=at, display_at=at)
            for incident in incidents
            for status, after in steps
            for at in [incident.started_at + after]
        ),
        batch_size=1000,
    )
    # Names stand in every document: whoever edits the page has all of them made anew.
    page.save(update_fields=["updated_at"])


def settle(page: "Page") -> None:
    """Waits until every target has everything, and a release renders no more than what changed."""
    from django.utils import timezone

    from monitors import record
    from statuspage import releases
    from statuspage.models import Target
    from statuspage.stored import latest

    record.touch([page.pk], timezone.now())

    def settled() -> bool:
        last = latest(page.pk)
        page.refresh_from_db()
        if last is None or last.generated_at is None or last.touched_at != page.touched_at:
            return False
        calm = last.named == releases.named(page.pk)
        return calm and set(Target.objects.values_list("sequence", flat=True)) == {last.sequence}

    until(settled, "everything is published", PATIENCE)


def read(page: "Page") -> Reading:
    """What one posted update makes the application read."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from statuspage.installation import installation
    from statuspage.take import take

    took, queries = [], 0
    for _look in range(LOOKS):
        with CaptureQueriesContext(connection) as captured:
            start = time.perf_counter()
            take(
                page.pk,
                now=timezone.now(),
                sequence=1,
                newer_than=timezone.now() - timedelta(minutes=2),
                by=installation(),
            )
            took.append(1000 * (time.perf_counter() - start))
        queries = len(captured)
    return Reading(queries, statistics.median(took))


def post(staff: Staff, number: int, pages: Mapping[str, str]) -> dict[str, float]:
    """One more update: how many milliseconds after the click each page held it."""
    words = f"Update number {number} of {random.Random(number).randbytes(4).hex()}"
    update = staff.write(words)
    start = time.perf_counter()
    staff.send(update)
    took: dict[str, float] = {}
    while len(took) < len(pages):
        if time.perf_counter() - start > PATIENCE:
            raise RuntimeError(f"No sign of “{words}” at {pages.keys() - took.keys()}")
        for name, url in pages.items():
            if name not in took and words.encode() in fetch(url):
                took[name] = 1000 * (time.perf_counter() - start)
        time.sleep(0.005)
    return took


def measure(page: "Page", staff: Staff, past: int, pages: Mapping[str, str]) -> Measured:
    """POSTS updates at odd moments."""
    settle(page)
    took: dict[str, list[float]] = {name: [] for name in pages}
    pauses = random.Random(1)
    for number in range(POSTS):
        for name, milliseconds in post(staff, past + number, pages).items():
            took[name].append(milliseconds)
        time.sleep(0.5 + pauses.random())
    return Measured(past, took, read(page))


def run(product: Product, store: S3Server) -> list[Measured]:
    """Beside few, then beside many."""
    os.environ.update(product.environment(), DJANGO_SETTINGS_MODULE="statuspage.settings")
    import django

    django.setup()
    from django.utils import timezone

    from incidents.post import open_incident
    from monitors.models import Page
    from statuspage import demo

    page = Page.objects.get()
    demo.fill(page, timezone.now())
    make_target(page, store)
    incident = open_incident(
        page,
        title_en="Searches are slow",
        title_fr="",
        impact="critical",
        status="investigating",
        body_en="We look into it.",
        body_fr="",
        components={},
        now=timezone.now(),
    )
    staff = Staff(product, incident)
    pages = {"folder": f"{product.origin}/", "S3 (seaweedfs)": f"{store.url}/pages/index.html"}
    few = measure(page, staff, page.incidents.count(), pages)
    make_past(page, timezone.now())
    return [few, measure(page, staff, page.incidents.count(), pages)]


def rows(measured: Sequence[Measured]) -> list[str]:
    """The table: the ratio is to the same target beside few."""
    return [
        row(name, each.past, took, statistics.median(measured[0].took[name]))
        for name in measured[0].took
        for each in measured
        for took in [each.took[name]]
    ]


def row(name: str, past: int, took: Sequence[float], base: float) -> str:
    """One line of it."""
    middle, p95 = statistics.median(took), statistics.quantiles(took, n=20, method="inclusive")[-1]
    return f"| {name} | {past:,} | {middle:.0f} | {p95:.0f} | {middle / base:.2f} |"


def show(measured: Sequence[Measured]) -> None:
    """Prints all of it, at once: to throw away so many files takes long."""
    few, many = (each.reading for each in measured)
    print(HEAD.format(posts=POSTS))
    print("\n".join(rows(measured)))
    print(READ.format(few=few, many=many, past=PAST, looks=LOOKS), flush=True)


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "store").mkdir()
        store = s3server.start(folder / "store")
        keys = {"BENCH_ACCESS_KEY_ID": store.access_key, "BENCH_SECRET_ACCESS_KEY": store.secret_key}
        product = Product(folder, keys)
        try:
            product.start()
            show(run(product, store))
        finally:
            product.stop()
            store.stop()


if __name__ == "__main__":
    main()
