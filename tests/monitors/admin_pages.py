"""A signed-in member of staff who fills in the admin's forms."""

import re
from html import unescape
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


class Staff:
    """Opens, fills in and sends forms of one admin; what is not said keeps what the page shows."""

    def __init__(self) -> None:
        self.client = Client()
        self.client.force_login(User.objects.create_superuser("ada", password="a long enough password"))
        # A session is noted once in five minutes: what that costs is none of a list's costs.
        self.client.get("/admin/keys/")

    def open(self, model: str, pk: int | None = None) -> HttpResponse:
        """The form of a new or an existing row."""
        return self.client.get(_address(model, pk))

    def list(self, model: str) -> str:
        """The list of a model as text."""
        return self.client.get(reverse(f"admin:monitors_{model}_changelist")).content.decode()

    def send(self, model: str, pk: int | None = None, **values: Any) -> HttpResponse:
        """Sends the form as the page fills it in, with these values changed ("__" means "-")."""
        filled = initial(self.open(model, pk))
        for name, value in values.items():
            name = name.replace("__", "-")
            if value is None:
                filled.pop(name, None)
            else:
                filled[name] = value
        return self.client.post(_address(model, pk), filled)

    def delete(self, model: str, pk: int) -> HttpResponse:
        """Deletes a row and says yes."""
        return self.client.post(reverse(f"admin:monitors_{model}_delete", args=[pk]), {"post": "yes"})

    def delete_listed(self, model: str, *pks: int) -> HttpResponse:
        """Deletes rows from the list and says yes."""
        return self.client.post(
            reverse(f"admin:monitors_{model}_changelist"),
            {"action": "delete_selected", "_selected_action": pks, "post": "yes"},
        )


def _address(model: str, pk: int | None) -> str:
    return reverse(f"admin:monitors_{model}_{'change' if pk else 'add'}", args=[pk] if pk else [])


def initial(answer: HttpResponse) -> dict[str, Any]:
    """What a browser would send of an untouched form."""
    context = answer.context  # type: ignore[attr-defined]
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    filled = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                filled[field.html_name] = value
    return filled


def errors(answer: HttpResponse) -> dict[str, str]:
    """The refused fields of a form and why; empty for one that was saved."""
    if answer.status_code == 302:
        return {}
    assert answer.status_code == 200, answer.status_code
    context = answer.context  # type: ignore[attr-defined]
    found = {name: " ".join(said) for name, said in context["adminform"].form.errors.items()}
    for inline in context["inline_admin_formsets"]:
        found |= (
            {f"{inline.formset.prefix}": " ".join(inline.formset.non_form_errors())}
            if (inline.formset.non_form_errors())
            else {}
        )
        for form in inline.formset.forms:
            found |= {f"{form.prefix}-{name}": " ".join(said) for name, said in form.errors.items()}
    page = unescape(answer.content.decode())
    assert all(said in page for each in context["adminform"].form.errors.values() for said in each)
    return found


def words(html: str) -> str:
    """The text of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
