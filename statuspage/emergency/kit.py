"""What staff prepared in quiet times, as it came with the list of subscribers. A list without it has none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from statuspage.snapshot import Text


@dataclass(frozen=True, slots=True)
class Contact:
    """Who to call; `ways` are telephone, e-mail and others, `credentials` where the keys are kept."""

    name: str
    role: str = ""
    ways: tuple[str, ...] = ()
    hours: str = ""
    credentials: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do, by so many minutes after the beginning."""

    text: Text
    role: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """What is to be done at one kind of event."""

    name: Text
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """Ready words; what stands in {braces} is to be filled in."""

    name: Text
    title: Text
    body: Text
    scope: Text
    workaround: Text
    status: str = ""
    impact: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All of it."""

    contacts: tuple[Contact, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    templates: tuple[Template, ...] = ()

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """From the list. Raises KeyError, TypeError or ValueError where it is damaged."""
        try:
            return cls(
                tuple(_contact(each) for each in said.get("contacts", ())),
                tuple(_checklist(each) for each in said.get("checklists", ())),
                tuple(_template(each) for each in said.get("templates", ())),
            )
        except AttributeError:
            raise TypeError("not an object") from None


def _contact(said: Mapping[str, Any]) -> Contact:
    ways = (str(said.get(way, "")) for way in ("phone", "email", "other"))
    return Contact(
        name=str(said["name"]),
        role=str(said.get("role", "")),
        ways=tuple(way for way in ways if way),
        hours=str(said.get("hours", "")),
        credentials=str(said.get("credentials", "")),
    )


def _checklist(said: Mapping[str, Any]) -> Checklist:
    return Checklist(_text(said["name"]), tuple(_item(each) for each in said["items"]))


def _item(said: Mapping[str, Any]) -> Item:
    minutes = said.get("minutes")
    return Item(_text(said["text"]), str(said.get("role", "")), None if minutes is None else int(minutes))


def _template(said: Mapping[str, Any]) -> Template:
    texts = {name: _text(said.get(name, {})) for name in ("title", "body", "scope", "workaround")}
    return Template(
        name=_text(said["name"]),
        **texts,
        status=str(said.get("status", "")),
        impact=str(said.get("impact", "")),
    )


def _text(said: Mapping[str, Any]) -> Text:
    return Text(en=str(said.get("en", "")), fr=str(said.get("fr", "")))
