"""Both languages are complete everywhere, nothing is left over, and French is set as French is."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from statuspage.render.engine import joined_lines

ROOT = Path(__file__).parents[1]
# The parts of templates/ whose words each application's catalog holds.
APPS = {
    "monitors": ("admin/monitors",),
    "incidents": (
        "admin/incidents",
        "admin/base_site.html",
        "admin/index.html",
        "admin/app_index.html",
        "admin/board",
        "admin/keys.html",
        "admin/keys_list.html",
        "report",
        "400.html",
        "403.html",
        "403_csrf.html",
        "500.html",
    ),
    "subscribers": ("subscribe", "email", "admin/subscribers", "admin/search_form.html"),
    "statuspage": (
        "public",
        "private",
        "admin/change_form.html",
        "admin/change_list.html",
        "admin/drill",
        "admin/preview",
        "admin/statuspage",
        "account",
        "mfa",
        "people",
        "socialaccount",
    ),
}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "N_": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HOLE = re.compile(r"%\(\w+\)\w+|\{\w*\}")
# (context or None, singular)
Key = tuple[str | None, str]


def sources(app: str) -> Iterator[str]:
    """Everything of an application that speaks, as Python."""
    for path in sorted((ROOT / app).rglob("*.py")):
        yield path.read_text()
    for folder in APPS[app]:
        place = ROOT / "templates" / folder
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in (".html", ".txt"):
                text = path.read_text()
                # Line breaks mean nothing in the templates of the public page.
                told = templatize(joined_lines(text) if folder == "public" else text, origin=path.name)
                yield re.sub(r"(?m)^[ \t]+", "", told)


def said(app: str) -> dict[Key, str | None]:
    """Every message with its plural."""
    found: dict[Key, str | None] = {}
    for source in sources(app):
        for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            singular, plural = message if isinstance(message, tuple) else (message, None)
            found[context, singular] = plural or found.get((context, singular))
    return found


def french(app: str) -> dict[Key, list[str]]:
    """An application's catalog: message to its forms."""
    with (ROOT / app / "locale" / "fr" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalog = read_po(file, locale="fr")
    forms: dict[Key, list[str]] = {}
    for message in catalog:
        if message.id:
            singular = message.id[0] if isinstance(message.id, tuple) else message.id
            told = message.string if isinstance(message.string, tuple) else (message.string or "",)
            forms[message.context, str(singular)] = [str(form) for form in told]
    return forms


@pytest.mark.parametrize("app", APPS)
def test_every_message_is_translated(app: str) -> None:
    # Words that another application says, too, stand in one catalog.
    known = {key: forms for each in APPS for key, forms in french(each).items()}
    assert [key for key in said(app) if not known.get(key) or not all(known[key])] == []


@pytest.mark.parametrize("app", APPS)
def test_no_translation_is_left_over(app: str) -> None:
    assert set(french(app)) - set(said(app)) == set()


@pytest.mark.parametrize("app", APPS)
def test_translations_keep_every_hole_of_the_message(app: str) -> None:
    catalog = french(app)
    for key, plural in said(app).items():
        for form in catalog.get(key, []):
            assert holes(form) in (holes(key[1]), holes(plural or key[1])), key


def holes(text: str) -> set[str]:
    """The names of what is filled in."""
    return {re.sub(r"\)\w+", ")", hole) for hole in HOLE.findall(text)}


@pytest.mark.parametrize("app", APPS)
def test_french_typography(app: str) -> None:
    for key, forms in french(app).items():
        for form in forms:
            # Addresses and other names for programs have colons of their own.
            words = re.sub(r"[^\s«]+:\S+|mailto:", "x", HOLE.sub("x", form))
            assert "'" not in words, key
            assert not re.search(r"[^\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}][:;!?»%](?![\w(])", words), (
                key
            )
            assert not re.search(r"«[^\N{NO-BREAK SPACE}]", words), key
