"""The form to post: templates, drafts as typed, two editors, what monitors say, who will hear."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from incidents import post
from incidents.afterwards import merging
from incidents.choosing import control
from incidents.composing import drafts
from incidents.composing.observed import observed
from incidents.composing.starters import TEMPLATES
from incidents.forms import IncidentForm
from incidents.models import Draft, Incident, Template
from monitors.ids import public_id
from monitors.models import Component, RegionVerdict, Verdict
from monitors.status import Status
from subscribers.channels import CHANNELS
from subscribers.staff.audience import Audience, Heard, audience
from tests import databases
from tests.incidents.make import make_subscriber, minutes, open_incident, update_incident
from tests.incidents.test_admin import ADD, declaration, incident_address, news
from tests.make import make_component, make_group, make_monitor, make_page

pytestmark = pytest.mark.django_db

KEEP = "/admin/incidents/incident/draft/"
QUIET = {"headers": {"accept": "application/json"}}


def make_template(**values: Any) -> Template:
    texts = {
        "name_en": "Outage in a region",
        "status": "identified",
        "title_en": "Outage in {region}",
        "title_fr": "Panne : {region}",
        "body_en": "We work on {region}.",
        "impact": "critical",
        "promise": 60,
    }
    return Template.objects.create(**{**texts, **values})


def shown(answer: Any) -> dict[str, Any]:
    """What a browser would send back of a form, untouched."""
    form = answer.context["form"]
    fields = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, False)}
    hidden = {
        bound.html_initial_name: form.data.get(bound.html_initial_name, bound.initial)
        for bound in form
        if bound.field.show_hidden_initial
    }
    return {name: "on" if value is True else str(value) for name, value in {**hidden, **fields}.items()}


def test_a_template_fills_the_form_and_its_fields_are_put_in_when_posting(staff: Client) -> None:
    page = make_page()
    component = make_component(page)
    template = make_template(components={component.public_id: "major_outage"})
    form = shown(staff.get(f"{ADD}?template={template.pk}"))
    assert form["title_en"] == "Outage in {region}"
    assert form[control(component)] == "major_outage"
    answer = staff.post(ADD, form)
    assert "Fill this in, or take {region} out of the texts." in answer.context["form"].errors["field-region"]
    staff.post(ADD, form | {"field-region": "{Paris}"})
    incident = Incident.objects.get()
    assert (incident.title_en, incident.title_fr) == ("Outage in {Paris}", "Panne : {Paris}")
    assert (incident.status, incident.impact) == ("identified", "critical")
    assert incident.updates.get().body_en == "We work on {Paris}."


def test_braces_of_people_are_text(staff: Client) -> None:
    make_page()
    staff.post(ADD, declaration(body_en='{region} {0} {"a": 1} {x.__class__} {% url %} {{ y }}'))
    assert (
        Incident.objects.get().updates.get().body_en
        == '{region} {0} {"a": 1} {x.__class__} {% url %} {{ y }}'
    )


@pytest.mark.parametrize("name", ["field-__class__", "field-", "field-A", "field-" + "x" * 99])
def test_a_field_with_another_name_is_not_read(staff: Client, name: str) -> None:
    make_page()
    staff.post(ADD, declaration(**{name: "x"}))
    assert Incident.objects.get().updates.get().body_en == "We look into **it**."


def test_a_template_never_replaces_what_was_typed(staff: Client) -> None:
    make_page()
    first, second = (
        make_template(),
        make_template(title_en="Another", body_en="Other words.", title_fr="Autre"),
    )
    typed = shown(staff.get(ADD)) | {"title_en": "Mine", "use": str(first.pk)}
    form = shown(staff.post(ADD, typed))
    assert (form["title_en"], form["body_en"]) == ("Mine", "We work on {region}.")
    form = shown(staff.post(ADD, form | {"use": str(second.pk)}))
    assert (form["title_en"], form["title_fr"], form["body_en"]) == ("Mine", "Autre", "Other words.")
    assert Incident.objects.count() == 0


def test_templates_are_offered_where_they_fit(staff: Client) -> None:
    page, other = make_page(), make_page()
    Template.objects.all().delete()
    begins, goes_on = make_template(), make_template(title_en="", title_fr="", name_en="Still at it")
    not_here = (make_template(page=other).pk, make_template(kind="maintenance", status="scheduled").pk, "x")
    assert staff.get(f"{ADD}?page={page.public_id}").context["templates"] == [begins]
    assert staff.get(incident_address(open_incident(page))).context["templates"] == [goes_on]
    for key in not_here:
        assert "title_en" not in shown(staff.get(f"{ADD}?page={page.public_id}&template={key}"))


def test_the_templates_that_come_along_can_be_used(staff: Client) -> None:
    page = make_page()
    incident = open_incident(page)
    for values in TEMPLATES:
        template = Template.objects.create(**values)
        if template.kind == "maintenance":
            continue
        address = ADD if template.title_en else incident_address(incident)
        form = shown(staff.get(f"{address}?page={page.public_id}&template={template.pk}"))
        answers = {name: "this" for name in form if name.startswith("field-")} | dict.fromkeys(
            (
                bound.html_name
                for bound in staff.get(f"{address}?template={template.pk}").context["form"].asked()
            ),
            "this",
        )
        answer = staff.post(f"{address}?page={page.public_id}", form | answers)
        assert answer.status_code == 302, (template, answer.context["form"].errors)
    assert all(values["name_fr"] and values["body_fr"] for values in TEMPLATES)


def test_a_draft_comes_back_as_it_was_typed_and_goes_when_it_is_posted(staff: Client, owner: User) -> None:
    page = make_page()
    fields = declaration(body_en="Half a sen", impact="", status="nonsense", promise_at="25:99")
    del fields["notify"]
    answer = staff.post(f"{KEEP}?page={page.public_id}", fields, **QUIET)
    assert answer.json()["words"] == "Draft saved"
    draft = Draft.objects.get()
    assert (draft.author, draft.fields["body_en"]) == (owner, ["Half a sen"])
    answer = staff.get(f"{ADD}?draft={draft.update_id}")
    form = answer.context["form"]
    assert form["promise_at"].value() == "25:99"
    assert form["notify"].value() is False
    assert not form.errors
    assert form["update_id"].value() == fields["update_id"]
    staff.post(ADD, declaration(update_id=fields["update_id"]))
    assert Incident.objects.count() == 1
    assert not Draft.objects.exists()


def test_the_draft_of_an_update_is_back_on_its_screen_with_what_it_had_seen(staff: Client) -> None:
    incident = open_incident(make_page(), workaround_en="Wait.")
    form = shown(staff.get(incident_address(incident))) | {
        "workaround_en": "Pay by phone.",
        "body_en": "News.",
    }
    staff.post(f"/admin/incidents/incident/{incident.pk}/draft/", form)
    back = shown(staff.get(incident_address(incident)))
    assert (back["workaround_en"], back["initial-workaround_en"]) == ("Pay by phone.", "Wait.")
    staff.post(incident_address(incident), back)
    incident.refresh_from_db()
    assert incident.workaround_en == "Pay by phone."
    assert not Draft.objects.exists()


def test_a_draft_is_not_revived_after_it_was_posted(staff: Client) -> None:
    page = make_page()
    fields = declaration()
    staff.post(ADD, fields)
    answer = staff.post(f"{KEEP}?page={page.public_id}", fields, **QUIET)
    assert answer.status_code == 409
    assert not Draft.objects.exists()


def test_nobody_reads_overwrites_or_drops_the_draft_of_somebody_else(staff: Client) -> None:
    page = make_page()
    eve = User.objects.create_superuser("eve", password="a long enough password")
    theirs = drafts.save(
        page,
        None,
        drafts.as_query(declaration(title_en="Not yet said", body_en="Eve’s")),
        kind="incident",
        author=eve,
        now=timezone.now(),
    )
    assert "Eve’s" not in staff.get(f"{ADD}?draft={theirs.update_id}").text
    assert "Not yet said" not in staff.get("/admin/").text
    answer = staff.post(f"{KEEP}?page={page.public_id}", declaration(update_id=theirs.update_id), **QUIET)
    assert answer.status_code == 400
    staff.post(f"/admin/incidents/incident/draft/{theirs.update_id}/forget/")
    assert staff.get(f"/admin/preview/of/{theirs.update_id}/page/en/").status_code == 404
    assert Draft.objects.get().fields["body_en"] == ["Eve’s"]


def test_what_monitoring_proposes_can_be_taken_up_or_thrown_away(staff: Client) -> None:
    page = make_page()
    now = timezone.now()
    proposals = [
        Draft.objects.create(
            page=page,
            update_id=public_id(),
            fields={"title_en": ["Search is slow"]},
            proposed=True,
            reason="slower than 2 s",
            created_at=now,
            saved_at=now,
        )
        for _number in range(2)
    ]
    assert "slower than 2 s" in staff.get(ADD).text
    assert "Search is slow" in staff.get("/admin/").text
    form = shown(staff.get(f"{ADD}?draft={proposals[0].update_id}"))
    staff.post(ADD, declaration(**form | {"body_en": "It is."}))
    staff.post(f"/admin/incidents/incident/draft/{proposals[1].update_id}/forget/")
    assert Incident.objects.get().title_en == "Search is slow"
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"update_id": ""}, 400),
        ({"update_id": "'; DROP"}, 400),
        ({"body_en": "x" * 300_000}, 400),
        ({"seen": "{" * 9000}, 200),
    ],
)
def test_what_cannot_be_kept_is_said(staff: Client, fields: dict[str, str], status: int) -> None:
    page = make_page()
    answer = staff.post(f"{KEEP}?page={page.public_id}", declaration(**fields), **QUIET)
    assert answer.status_code == status
    assert answer.json()["words"]


def test_a_character_that_no_database_keeps_costs_no_draft(staff: Client) -> None:
    page = make_page()
    answer = staff.post(f"{KEEP}?page={page.public_id}", declaration(body_en="Car\0ds"), **QUIET)
    assert answer.status_code == 200
    assert drafts.typed(Draft.objects.get())["body_en"] == "Cards"


def test_without_a_script_a_button_saves_the_draft(staff: Client) -> None:
    page = make_page()
    answer = staff.post(f"{KEEP}?page={page.public_id}", declaration(body_en="Half."), follow=True)
    assert "The draft is saved; nothing was posted." in answer.text
    assert "Half." in answer.text


def test_old_drafts_are_forgotten(staff: Client) -> None:
    page = make_page()
    staff.post(f"{KEEP}?page={page.public_id}", declaration(), **QUIET)
    Draft.objects.update(saved_at=timezone.now() - drafts.KEPT - minutes(1))
    staff.post(f"{KEEP}?page={page.public_id}", declaration(), **QUIET)
    assert Draft.objects.count() == 1


def test_whoever_may_not_post_keeps_and_previews_nothing(client: Client) -> None:
    viewer = User.objects.create_user("vic", password="a long enough password", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_incident"))
    client.force_login(viewer)
    page = make_page()
    incident = open_incident(page)
    fields = declaration()
    for address in (
        f"{KEEP}?page={page.public_id}",
        f"/admin/incidents/incident/{incident.pk}/draft/",
        f"/admin/incidents/incident/draft/{fields['update_id']}/forget/",
        f"/admin/preview/incident/{page.public_id}/",
        f"/admin/preview/incident/{page.public_id}/{incident.pk}/",
        f"/admin/preview/reach/incident/{page.public_id}/",
    ):
        assert client.post(address, fields).status_code == 403, address
    assert not Draft.objects.exists()


def test_the_second_of_two_sees_what_the_first_changed_before_writing_over_it(staff: Client) -> None:
    page = make_page()
    component = make_component(page, name_en="Checkout")
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE}, scope_en="Europe")
    mine = shown(staff.get(incident_address(incident)))
    mine |= {"body_en": "My words.", "workaround_en": "Mine.", "status": "monitoring"}
    update_incident(
        incident,
        "identified",
        {component: Status.PARTIAL_OUTAGE},
        impact="critical",
        workaround_en="Theirs.",
        scope_en="Asia",
        body_en="The words of the first.",
        now=timezone.now(),
    )
    answer = staff.post(incident_address(incident), mine)
    assert incident.updates.count() == 2
    found = {
        each.label: (each.before, each.now, each.yours) for each in answer.context["meanwhile"].differences
    }
    assert found["Status"] == ("Investigating", "Identified", "Monitoring")
    assert found["Impact"] == ("Major", "Critical", "")
    assert found["Workaround in English"] == ("–", "Theirs.", "Mine.")
    assert found["Who is affected, in English"] == ("Europe", "Asia", "")
    assert found["Checkout"][:2] == ("Major outage", "Partial outage")
    assert "The words of the first." in answer.text
    staff.post(incident_address(incident), shown(answer))
    incident.refresh_from_db()
    assert incident.updates.count() == 3
    assert (incident.status, incident.impact) == ("monitoring", "critical")
    assert (incident.workaround_en, incident.scope_en) == ("Mine.", "Asia")


def test_one_s_own_double_click_is_not_somebody_else(staff: Client) -> None:
    incident = open_incident(make_page())
    mine = shown(staff.get(incident_address(incident))) | {"body_en": "Once."}
    staff.post(incident_address(incident), mine)
    answer = staff.post(incident_address(incident), mine, follow=True)
    assert "nothing was posted again" in answer.text
    assert incident.updates.count() == 2


@pytest.mark.parametrize("seen", ["", "nonsense", "[]", "{}", "[" * 90_000, '{"components": 3}'])
def test_a_form_that_says_nothing_of_what_it_saw_is_posted(staff: Client, seen: str) -> None:
    incident = open_incident(make_page())
    staff.post(incident_address(incident), news(seen=seen))
    assert incident.updates.count() == 2


def test_a_form_may_claim_to_have_seen_anything(staff: Client) -> None:
    incident = open_incident(make_page())
    said = {"components": {"x": ["<b>"]}, "status": 7, "update": {"a": 1}, "next_update_at": "yesterday"}
    answer = staff.post(incident_address(incident), news(seen=json.dumps(said)))
    assert answer.status_code == 200
    assert incident.updates.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_post_at_the_same_moment_the_second_sees_the_first(staff: Client) -> None:
    incident = open_incident(make_page())
    address = incident_address(incident)
    form = shown(staff.get(address)) | {"body_en": "Still looking."}

    def post_it() -> str:
        try:
            return staff.post(address, form).text
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            update_incident(incident, "identified", body_en="The cause is found.")
            answer = pool.submit(post_it)
            # It has read how things stood before, and waits for the first.
            while not databases.holds_up_somebody():
                assert not answer.done(), answer.result()
        assert "Somebody else changed this at the same moment" in answer.result()
    assert [update.body_en for update in incident.updates.order_by("id")][1:] == ["The cause is found."]


def test_what_was_typed_about_something_that_was_undone_meanwhile_is_kept(staff: Client, owner: User) -> None:
    page = make_page(languages=["en", "fr"])
    incident = open_incident(page, hold=timedelta(minutes=5), now=timezone.now())
    typed = news(body_en="Cards work again.")
    staff.post(f"/admin/incidents/incident/{incident.pk}/draft/", typed, **QUIET)
    post.undo(incident.updates.get(), timezone.now(), owner)
    answer = staff.post(incident_address(incident), typed, follow=True)
    assert "undone or merged meanwhile" in answer.text
    assert "Cards work again." in answer.text
    assert not Incident.objects.exists()
    assert Draft.objects.get().incident is None


def test_what_was_typed_about_a_duplicate_goes_to_the_incident_that_it_was_merged_into(staff: Client) -> None:
    page = make_page(languages=["en", "fr"])
    duplicate, into = open_incident(page), open_incident(page, title_en="The other")
    merging.merge(duplicate, into, timezone.now())
    answer = staff.post(incident_address(duplicate), news(body_en="Cards work again."), follow=True)
    assert answer.redirect_chain[-1][0].startswith(incident_address(into))
    assert "Cards work again." in answer.text
    assert into.updates.count() == 1


def test_others_who_write_are_named(staff: Client) -> None:
    incident = open_incident(make_page())
    eve = User.objects.create_superuser("eve", password="a long enough password")
    query = drafts.as_query(news(body_en="Not for others’ eyes."))
    drafts.save(incident.page, incident, query, kind="incident", author=eve, now=timezone.now())
    text = staff.get(incident_address(incident)).text
    assert "eve is writing an update, too" in text
    assert "Not for others’ eyes." not in text


@pytest.mark.parametrize(
    ("now", "typed", "promised"),
    [
        # In Tokyo it is 09:00, then 23:50.
        ("2026-11-22T00:00Z", "09:15", "2026-11-22T00:15Z"),
        ("2026-11-22T14:50Z", "00:15", "2026-11-22T15:15Z"),
        ("2026-11-22T14:50Z", "09:00", "2026-11-23T00:00Z"),
        # Too late: nobody means tomorrow's.
        ("2026-11-22T00:00Z", "09:00", None),
        ("2026-11-22T00:00Z", "08:45", None),
        ("2026-11-22T15:10Z", "23:55", None),
    ],
)
def test_a_promise_can_be_a_time_of_the_page_s_day(now: str, typed: str, promised: str | None) -> None:
    page = make_page(time_zone="Asia/Tokyo")
    form = IncidentForm(page, drafts.as_query(declaration(promise="30", promise_at=typed)))
    assert form.is_valid()
    if promised is None:
        with pytest.raises(post.PostError, match="for a later time"):
            form.promised(datetime.fromisoformat(now))
    else:
        assert form.promised(datetime.fromisoformat(now)) == datetime.fromisoformat(promised)


def test_a_promise_for_a_time_that_has_just_passed_is_refused_beside_its_field(staff: Client) -> None:
    page = make_page(time_zone="Asia/Tokyo")
    just = timezone.now().astimezone(ZoneInfo(page.time_zone)) - minutes(10)
    answer = staff.post(ADD, declaration(promise="30", promise_at=f"{just:%H:%M}"))
    assert answer.context["form"].errors["promise_at"]
    assert answer.context["form"]["body_en"].value() == "We look into **it**."
    assert not Incident.objects.exists()


def test_a_page_of_a_thousand_components_is_posted_on_and_kept_as_a_draft(staff: Client) -> None:
    page = make_page()
    Component.objects.bulk_create(
        Component(page=page, slug=f"c{number}", name_en=f"Host {number}") for number in range(1_100)
    )
    choices = {control(component): "" for component in page.components.all()}
    chosen = next(iter(choices))
    typed = declaration(**choices | {chosen: "major_outage"})
    assert staff.post(f"{KEEP}?page={page.public_id}", typed, **QUIET).status_code == 200
    assert staff.post(ADD, typed).status_code == 302
    assert Incident.objects.get().updates.get().changes.count() == 1


def test_it_says_what_monitors_make_of_each_component() -> None:
    page = make_page()
    checkout, search, login = (make_component(page) for _number in range(3))
    down, up = make_monitor([checkout]), make_monitor([search])
    for monitor, verdict in ((down, "down"), (up, "up")):
        Verdict.objects.filter(monitor=monitor).delete()
        Verdict.objects.create(monitor=monitor, verdict=verdict, since=timezone.now())
    RegionVerdict.objects.filter(monitor__in=(down, up)).delete()
    for region, verdict in (("a", "down"), ("b", "down"), ("c", "up"), ("d", "silent")):
        RegionVerdict.objects.create(monitor=down, region=region, verdict=verdict)
    RegionVerdict.objects.create(monitor=up, region="a", verdict="up")
    found = observed([checkout.pk, search.pk, login.pk])
    assert found[checkout.pk].words == "down, 2 of 3 checks fail"
    assert found[checkout.pk].tone == Status.MAJOR_OUTAGE
    assert found[search.pk].words == "up"
    assert login.pk not in found


def test_a_form_for_a_hundred_components_asks_few_questions(staff: Client) -> None:
    page = make_page()
    for number in range(10):
        group = make_group(page, position=number)
        for _number in range(10):
            make_component(page, group=group)
    staff.get(ADD)
    with CaptureQueriesContext(
        connection,
    ) as few:
        staff.get(ADD)
    assert len(few) <= 40


def test_it_counts_whom_a_notice_would_reach_as_the_notice_does() -> None:
    page = make_page()
    group = make_group(page)
    checkout, search = make_component(page, group=group), make_component(page)
    make_subscriber(page)
    make_subscriber(page, checkout)
    make_subscriber(page, search)
    make_subscriber(page, search).groups.add(group)
    make_subscriber(page, checkout, channel="webhook", address="https://a.example/hook")
    make_subscriber(page, checkout, state="unsubscribed")
    make_subscriber(page, kinds="maintenance")
    found = audience(page, "incident:", [checkout.pk])
    assert found is not None
    assert {each.channel: each.number for each in found.channels} == {"email": 3, "webhook": 1}
    assert found.number == 4
    make_subscriber(page)
    again = audience(page, "incident:", [checkout.pk])
    assert again == found


def test_of_more_readers_than_can_be_counted_at_once_it_says_about_how_many(
    monkeypatch: pytest.MonkeyPatch, staff: Client
) -> None:
    page = make_page()
    for _number in range(7):
        make_subscriber(page)
    # However fast the machine is: no time to count everybody, and nearly everybody in the sample.
    monkeypatch.setattr("subscribers.staff.audience.PATIENCE", 0)
    monkeypatch.setattr("subscribers.staff.audience.SAMPLE", 0.999999)
    # Nor does it matter how many somebody else's statistics took there to be.
    monkeypatch.setattr("subscribers.staff.audience._THERE", "SELECT '', 1")
    found = audience(page, "incident:", [])
    assert found is not None
    assert found.about
    assert [(each.channel, each.number, each.about) for each in found.channels] == [("email", 7, True)]
    said = staff.post(reverse("preview_reach", args=["incident", page.public_id]), {"notify": "on"})
    assert "Goes to about <strong>7</strong> people (E-mail ≈ 7)" in said.content.decode()


def test_a_sample_of_everybody_is_no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    page = make_page()
    for _number in range(7):
        make_subscriber(page)
    monkeypatch.setattr("subscribers.staff.audience.PATIENCE", 0)
    found = audience(page, "incident:", [])
    assert found is not None
    assert [(each.channel, each.number, each.about) for each in found.channels] == [("email", 7, False)]


def test_where_even_a_sample_takes_too_long_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    page = make_page()
    monkeypatch.setattr("subscribers.staff.audience.PATIENCE", 0)
    monkeypatch.setattr("subscribers.staff.audience.SAMPLE_PATIENCE", 0)
    assert audience(page, "incident:", []) is None


def test_an_estimate_says_two_figures() -> None:
    label = CHANNELS["email"].label
    channels = (Heard("email", label, 940_000, about=True), Heard("webhook", label, 1_234))
    assert Audience(channels).number == 940_000
    assert Audience(channels[1:]).number == 1_234
