"""What staff prepared, as the emergency tool gets it: contacts, checklists, templates, in both languages."""

from typing import Any

from django.db.models import Prefetch, Q

from incidents.models import Checklist, ChecklistItem, Contact, Template
from monitors.models import Page

Kit = dict[str, list[dict[str, Any]]]


def kit(page: Page) -> Kit:
    """Those of a page and those of every page, as JSON has it."""
    ours = Q(page=page) | Q(page=None)
    items = Prefetch("items", ChecklistItem.objects.order_by("position", "pk"))
    lists = Checklist.objects.filter(ours, enabled=True).order_by("kind", "pk").prefetch_related(items)
    return {
        "contacts": [_contact(each) for each in Contact.objects.filter(ours).order_by("position", "pk")],
        "checklists": [_checklist(each) for each in lists],
        "templates": [_template(each) for each in Template.objects.filter(ours).order_by("position", "pk")],
    }


def _contact(contact: Contact) -> dict[str, Any]:
    names = ("name", "role", "phone", "email", "other", "hours", "credentials", "tags")
    return {name: getattr(contact, name) for name in names}


def _checklist(checklist: Checklist) -> dict[str, Any]:
    items = [
        {"text": _texts(item, "text"), "role": item.role, "minutes": item.minutes, "offers": item.offers}
        for item in checklist.items.all()
    ]
    return {"kind": checklist.kind, "name": _texts(checklist, "name"), "items": items}


def _template(template: Template) -> dict[str, Any]:
    texts = {name: _texts(template, name) for name in ("name", "title", "body", "scope", "workaround")}
    names = ("kind", "status", "impact", "components", "promise")
    return texts | {name: getattr(template, name) for name in names}


def _texts(row: Checklist | ChecklistItem | Template, name: str) -> dict[str, str]:
    return {language: getattr(row, f"{name}_{language}") for language in ("en", "fr")}
