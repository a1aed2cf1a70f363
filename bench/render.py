"""The public page as bytes: CPU per language and weight, from snapshots like the demonstration."""

import gzip
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import django
from django.conf import settings

BASE = Path(__file__).resolve().parent.parent
if not settings.configured:  # by a test that only loads this file
    settings.configure(USE_TZ=True, LOCALE_PATHS=[BASE / "statuspage" / "locale"])
    django.setup()

from django.utils import translation  # noqa: E402 (after the settings)

from statuspage.render import index, pages, render  # noqa: E402
from statuspage.snapshot import Documents, Snapshot  # noqa: E402
from statuspage.translations import compile_catalogs  # noqa: E402
from tests.render.make import make_busy, make_demo, make_documents, make_resolved  # noqa: E402

ROUNDS = 15
HEAD = """\
## Rendering

90 days of history each; CPU is the median of {rounds} rounds in one process, weight is under gzip -6.

| what | CPU ms | goal | weight KB | goal |
|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    cpu: float
    cpu_goal: str
    weight: str
    weight_goal: str

    def __str__(self) -> str:
        return f"| {self.what} | {self.cpu:.1f} | {self.cpu_goal} | {self.weight} | {self.weight_goal} |"


def cpu_ms(work: Callable[[], object]) -> float:
    """The median CPU time of one call."""
    work()
    taken = []
    for _round in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - start))
    return statistics.median(taken)


def index_row(what: str, snapshot: Snapshot, language: str, goal: int) -> Row:
    """The index in one language."""
    with translation.override(language):
        cpu = cpu_ms(lambda: index.page(snapshot, language))
    page = render(snapshot, Documents())["index.html" if language == "en" else f"{language}/index.html"]
    weight = f"{len(gzip.compress(page, 6)) / 1000:.1f}"
    return Row(f"index, {what}, {language}", cpu, "≤ 100", weight, f"≤ {goal}")


def rows() -> list[Row]:
    """What is measured."""
    demo, hundred = make_demo(), make_demo(copies=4)
    past = make_resolved("Search results were stale", 5, 72)

    def one_page() -> object:
        with translation.override("en"):
            return list(pages.happening(past, demo, "en"))

    posted = Documents(
        hundred.incidents[:1], months=make_documents(hundred).months, components=hundred.components[:1]
    )
    alone = replace(hundred, page=replace(hundred.page, languages=("en",)))

    return [
        index_row("25 components", demo, "en", 10),
        index_row("25 components", demo, "fr", 10),
        index_row("5 open incidents", make_busy(), "en", 16),
        index_row("100 components", hundred, "en", 25),
        index_row("100 components", hundred, "fr", 25),
        Row("one posted update, one language", cpu_ms(lambda: render(alone, posted)), "≤ 100", "", ""),
        Row(
            "everything, 100 components", cpu_ms(lambda: render(hundred, make_documents(hundred))), "", "", ""
        ),
        Row("one past incident, its two English pages", cpu_ms(one_page), "", "", ""),
    ]


if __name__ == "__main__":
    compile_catalogs(BASE)
    print(HEAD.format(rounds=ROUNDS))
    for row in rows():
        print(row)
