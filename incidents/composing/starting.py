"""A form that begins with the words of a template; what somebody typed already is never replaced.

Only what is still empty, or as the template before left it, takes the new words.
"""

from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import QueryDict

from incidents.choosing import control
from incidents.composing import fill
from incidents.composing.drafts import as_query
from incidents.models import Template
from monitors.models import Component, Page

TEXTS = tuple(
    f"{text}_{language}" for text in ("title", "scope", "body", "workaround") for language in ("en", "fr")
)
FIELD = "field-"
USED = "template"


def offered(page: Page, kind: str, *, begins: bool) -> QuerySet[Template]:
    """The templates of a page and of every page: those that begin something have a title."""
    titled = ~Q(title_en="", title_fr="")
    found = Template.objects.filter(Q(page=page) | Q(page=None), kind=kind)
    return found.filter(titled if begins else ~titled)


def chosen(page: Page, said: str, kind: str) -> Template | None:
    """The template of this primary key, where the page may use it for this kind of form."""
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        return None
    return Template.objects.filter(Q(page=page) | Q(page=None), pk=int(said), kind=kind).first()


def asked(template: Template) -> list[str]:
    """The fields to fill in."""
    return fill.names(getattr(template, name) for name in TEXTS)


def words(template: Template, components: list[Component]) -> dict[str, str]:
    """What a form holds that begins with this template, by the names of its fields."""
    said = {name: getattr(template, name) for name in TEXTS}
    statuses = template.components if isinstance(template.components, dict) else {}
    for component in components:
        said[control(component)] = str(statuses.get(component.public_id, ""))
    said |= {"status": template.status, "promise": str(template.promise or "")}
    # What goes on is as bad as it was, until somebody says otherwise.
    return said | {"impact": template.impact} if template.title_en or template.title_fr else said


def begin_with(
    template: Template, before: Template | None, typed: QueryDict, form: Form, components: list[Component]
) -> QueryDict:
    """What was typed with the template's words in it; `form` is one that nobody has touched."""
    data = typed.copy()
    untouched = as_typed(form)
    last = words(before, components) if before else {}
    for name, word in words(template, components).items():
        present = data.get(name, "")
        if (
            name in form.fields
            and present in ("", untouched.get(name, ""), last.get(name))
            and _wanted(name, word)
        ):
            data[name] = word
    for name in asked(template):
        data.setdefault(FIELD + name, "")
    data[USED] = str(template.pk)
    return data


def _wanted(name: str, word: str) -> bool:
    # A template without a title or a workaround leaves those that there are.
    return bool(word) or name not in TEXTS


def as_typed(form: Form) -> QueryDict:
    """What a browser would send of a form that nobody has touched."""
    said: dict[str, str | list[str]] = {}
    for bound in form:
        value = bound.value()
        if value is True:
            said[bound.html_name] = "on"
        elif value not in (None, False):
            said[bound.html_name] = str(value)
        if bound.field.show_hidden_initial:
            said[bound.html_initial_name] = "" if value is None else str(value)
    return as_query(said)
