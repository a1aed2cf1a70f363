"""Staff choose what monitoring does about a component, and how it speaks on a page."""

import pytest
from django.test import Client

from incidents.models import Autopost, Template
from monitors.models import Component, Page
from tests.make import make_component, make_page
from tests.people import make_staff

pytestmark = pytest.mark.django_db
ADD = "/admin/incidents/autopost/add/"


def make_template(page: Page | None = None, **values: str) -> Template:
    texts = {"title_en": "Trouble: {components}", "body_en": "Since {since}."}
    return Template.objects.create(
        page=page, name_en="By itself", status="investigating", **{**texts, **values}
    )


def test_a_page_gets_its_templates_and_its_time(client: Client) -> None:
    page, template = make_page(), make_template()
    client.force_login(make_staff("communicator"))
    sent = {"page": page.pk, "begins": template.pk, "resolves": "", "quiet": "30"}
    answer = client.post(ADD, sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    saved = Autopost.objects.get()
    assert (saved.page, saved.begins, saved.resolves, saved.quiet) == (page, template, None, 30)
    assert client.post(ADD, sent).status_code == 200
    make_component(page, policy="open")
    listed = client.get("/admin/incidents/autopost/").content.decode()
    assert "By itself" in listed


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"body_en": "In {region}."}, "begins", "Monitoring can only use a template"),
        ({"body_en": ""}, "begins", "Monitoring can only use a template"),
        ({"title_en": ""}, "begins", "Select a valid choice"),
        ({"kind": "maintenance"}, "resolves", "Select a valid choice"),
        ({"body_en": "{components} {why}"}, "resolves", "Monitoring can only use a template"),
    ],
)
def test_what_monitoring_cannot_fill_in_is_refused(
    client: Client, values: dict[str, str], field: str, sentence: str
) -> None:
    template = make_template(**values)
    client.force_login(make_staff("communicator"))
    sent = {"page": make_page().pk, "begins": "", "resolves": "", "quiet": "10", field: template.pk}
    answer = client.post(ADD, sent)
    assert sentence in str(answer.context["adminform"].form.errors[field])
    assert not Autopost.objects.exists()


def test_another_pages_template_is_refused(client: Client) -> None:
    client.force_login(make_staff("owner"))
    sent = {"page": make_page().pk, "begins": make_template(make_page()).pk, "resolves": "", "quiet": "10"}
    answer = client.post(ADD, sent)
    assert "of another page" in str(answer.context["adminform"].form.errors["begins"])


def test_what_monitoring_does_is_chosen_with_the_component(client: Client) -> None:
    component = make_component()
    client.force_login(make_staff("operator"))
    address = f"/admin/monitors/component/{component.pk}/change/"
    assert "draft an incident for staff" in client.get(address).content.decode()
    sent = {
        "page": component.page_id,
        "name_en": component.name_en,
        "slug": component.slug,
        "position": "0",
        "visible": "on",
        "policy": "open",
        "feeds-TOTAL_FORMS": "0",
        "feeds-INITIAL_FORMS": "0",
    }
    answer = client.post(address, sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Component.objects.get().policy == "open"
    del sent["policy"]
    assert client.post(address, sent).status_code == 302
    assert Component.objects.get().policy == "open"
