"""The exported folder as a whole: HTML that is HTML, links that lead somewhere, nothing from elsewhere."""

import base64
import hashlib
import posixpath
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from tests.node import html_errors
from tests.render.make import make_page

PAGE = make_page()
# What a browser fetches by itself from an element, or runs.
LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href", "use": "href"}
FETCHED_LINKS = {"icon", "stylesheet", "preload", "modulepreload", "manifest"}


class Read(HTMLParser):
    """Links, what is loaded, ids and inline code of one page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.inline: dict[str, list[str]] = {"script": [], "style": []}
        self.attributes: set[str] = set()
        self.policy = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.attributes |= found.keys()
        self.ids |= {found["id"]} if "id" in found else set()
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]
        if tag in self.inline and "src" not in found:
            self._inside = tag
            self.inline[tag].append("")
        address = found.get(LOADED.get(tag, "href"))
        if address is None:
            return
        fetched = tag != "link" or FETCHED_LINKS & set(found.get("rel", "").split())
        (self.loaded if tag in LOADED and fetched else self.links).append(address)

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline[self._inside][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> dict[str, Read]:
    return {path: Read(content.decode()) for path, content in files.items() if path.endswith(".html")}


@pytest.mark.slow
def test_every_page_is_valid_html(origin: str, files: dict[str, bytes]) -> None:
    # From an address: a file on a disk has no origin, which is what 'self' in a policy means.
    assert html_errors(f"{origin}/{path}" for path in files if path.endswith(".html")) == []


def test_every_link_leads_to_a_file_and_to_an_anchor_there(
    files: dict[str, bytes], pages: dict[str, Read]
) -> None:
    broken = []
    for path, read in pages.items():
        for link in {*read.links, *read.loaded}:
            address = urlsplit(urljoin(f"{PAGE.url}/{path}", link))
            if address.scheme not in ("http", "https") or f"{address.scheme}://{address.netloc}" != PAGE.url:
                continue
            name = address.path.lstrip("/")
            name = posixpath.join(name, "index.html") if not name or name.endswith("/") else name
            if name not in files:
                broken.append(f"{path}: {link}")
            elif address.fragment and name in pages and address.fragment not in pages[name].ids:
                broken.append(f"{path}: {link} (no such anchor)")
    assert broken == []


def test_nothing_is_loaded_from_another_origin(pages: dict[str, Read]) -> None:
    loaded = {urljoin(f"{PAGE.url}/{path}", link) for path, read in pages.items() for link in read.loaded}
    assert {link for link in loaded if not link.startswith((f"{PAGE.url}/", "data:", "#"))} == set()


def test_no_script_or_style_runs_that_the_policy_does_not_name(pages: dict[str, Read]) -> None:
    for path, read in pages.items():
        for kind in ("script", "style"):
            for code in read.inline[kind]:
                digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
                allowed = re.search(rf"{kind}-src ([^;]*)", read.policy)
                assert allowed, f"{path} has {kind} and no policy for it"
                assert f"'sha256-{digest}'" in allowed[1], path
        assert "style" not in read.attributes, path
        assert not [name for name in read.attributes if name.startswith("on")], path
        assert "unsafe" not in read.policy, path
        assert not re.search(r"\*|https?://(?!app\.acme\.example)", read.policy), path
