"""The HTML of every page: sound, self-contained, linked to what exists, and closed to strangers."""

import base64
import hashlib
import itertools
import posixpath
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from statuspage.render import render
from statuspage.snapshot import Documents, Snapshot, Text
from tests.render.make import (
    make_busy,
    make_component,
    make_demo,
    make_documents,
    make_incident,
    make_page,
    make_snapshot,
)
from tests.render.strategies import snapshots

VOID = {"meta", "link", "br", "hr", "input"}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> \"'"


class Page(HTMLParser):
    """What a page holds; raises AssertionError for markup that does not nest."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}
        self.feed(content.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), attrs
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.inside[self.open[-1]] = data

    def values(self, attribute: str) -> list[str]:
        """Every value of an attribute."""
        return [attrs[attribute] or "" for _tag, attrs in self.tags if attribute in attrs]


SNAPSHOTS = {
    "outage": make_demo(),
    "busy": make_busy(),
    "fine": make_snapshot(),
    "empty": make_snapshot(components=()),
    "demonstration": make_demo(page=make_page(demo=True, time_zone="Europe/Paris", default_language="fr")),
    "hostile": make_snapshot(
        page=make_page(name=HOSTILE, support_url="javascript:alert(1)"),
        components=(make_component(name=Text(HOSTILE), description=Text(HOSTILE)),),
        incidents=(make_incident(title=Text(HOSTILE)),),
    ),
}
PAGES = [
    pytest.param(path, content, id=f"{name}-{path}")
    for name, snapshot in SNAPSHOTS.items()
    for path, content in render(snapshot, make_documents(snapshot)).items()
    # What stands in frames is no whole page, and what only leads on has none: test_embed.py, test_moved.py.
    if path.endswith(".html") and "embed/" not in path and b'http-equiv="refresh"' not in content
]


# The waiting pages are shown on other hosts: test_outage.py holds them to more.
OURS = [each for each in PAGES if "outage/" not in str(each.values[0])]


SCRIPT = Page(render(make_snapshot(), Documents())["index.html"]).inside["script"]


def hashed(text: str) -> str:
    """A source expression of CSP."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@settings(max_examples=40, deadline=None)
@given(snapshots())
def test_it_nests_in_every_state(snapshot: Snapshot) -> None:
    for path, content in render(snapshot, make_documents(snapshot)).items():
        if path.endswith(".html"):
            Page(content)


@pytest.mark.parametrize(("path", "content"), PAGES)
def test_it_is_sound(path: str, content: bytes) -> None:
    page = Page(content)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert [tag for tag, _attrs in page.tags].count("h1") == 1
    levels = [int(tag[1]) for tag, _attrs in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for reference in [*page.values("aria-labelledby"), *(h[1:] for h in page.values("href") if h[:1] == "#")]:
        assert reference in ids
    assert page.tags[0][1]["lang"] in ("en", "fr")


@pytest.mark.parametrize(("path", "content"), PAGES)
def test_it_is_whole_in_itself(path: str, content: bytes) -> None:
    page = Page(content)
    assert page.values("src") == page.values("style") == []
    fetched = [attrs for tag, attrs in page.tags if tag == "link" and attrs["rel"] in ("icon", "stylesheet")]
    assert all(str(attrs["href"]).startswith("data:image/svg+xml,") for attrs in fetched)
    assert not [name for _tag, attrs in page.tags for name in attrs if name.startswith("on")]


@pytest.mark.parametrize(("path", "content"), OURS)
def test_its_policy_names_its_own_styles_and_scripts_and_nothing_else(path: str, content: bytes) -> None:
    policy = next(attrs["content"] for _tag, attrs in Page(content).tags if "http-equiv" in attrs)
    styles, scripts = (
        " ".join(hashed(text) for text in re.findall(rf"<{tag}>(.*?)</{tag}>", content.decode())) or "'none'"
        for tag in ("style", "script")
    )
    # The filter is fetched from beside the page, once somebody opens it.
    scripts += " 'self'" if 'id="pick"' in content.decode() else ""
    assert policy == (
        f"default-src 'none'; style-src {styles}; script-src {scripts}; img-src data:; connect-src 'self'; "
        "form-action https://app.acme.example; base-uri 'none'"
    )
    assert (hashed(SCRIPT) in scripts) == (path != "404.html")


def test_the_script_is_under_2_kilobytes() -> None:
    assert len(SCRIPT) < 2000


@pytest.mark.parametrize("name", ["outage", "busy", "demonstration"])
def test_every_relative_link_leads_to_a_file(name: str) -> None:
    snapshot = SNAPSHOTS[name]
    files = render(snapshot, make_documents(snapshot))
    months = {f"history/{month}/" for month in snapshot.months}
    for path, content in files.items():
        if not path.endswith(".html"):
            continue
        for href in Page(content).values("href"):
            if re.match(r"[a-z]+:|#", href) or not href:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), re.split("[#?]", href)[0]))
            target = "" if target == "." else target
            assert not target.startswith(".."), (path, href)
            known = target in files or posixpath.join(target, "index.html") in files
            assert known or any(f"{target}/".endswith(month) for month in months), (path, href)


def test_no_link_runs_a_script() -> None:
    for content in render(SNAPSHOTS["hostile"], make_documents(SNAPSHOTS["hostile"])).values():
        assert b"javascript:" not in content.replace(b'"support_url":"javascript:alert(1)"', b"")


def test_the_form_posts_to_the_application() -> None:
    page = Page(render(make_snapshot(), Documents())["fr/index.html"])
    form = next(attrs for tag, attrs in page.tags if tag == "form")
    assert form == {"action": "https://app.acme.example/subscribe/page00000000/", "method": "post"}
    fields = {attrs["name"]: attrs.get("value") for tag, attrs in page.tags if tag == "input"}
    assert fields == {"language": "fr", "email": None}
