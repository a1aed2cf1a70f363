"""The edge of a preview: keeps the form as a draft, shows what it would become, and posts nothing.

Whoever may not post it does not get there. The frames show a page and a mail as they are, without a script.
"""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from incidents import choosing, standing, telling
from incidents.composing import drafts
from incidents.models import Draft, Incident, Maintenance
from incidents.posting import PostingAdmin
from incidents.typed import PostForm
from incidents.words import PostError
from monitors.models import LANGUAGES, Page
from statuspage.installation import installation
from statuspage.preview import shown
from statuspage.preview.rehearse import FRAME_PATIENCE, PATIENCE, Rehearsal, Thing, rehearse
from subscribers.staff.audience import audience

_KINDS: dict[str, type[Incident] | type[Maintenance]] = {"incident": Incident, "maintenance": Maintenance}


@require_POST
def preview(request: HttpRequest, kind: str, page_id: str, pk: int | None = None) -> HttpResponse:
    """What this form would publish and send; a part of the form's page for htmx, else a page of its own."""
    desk, page, thing = _desk(request, kind, page_id, pk)
    author = _author(request)
    context: dict[str, Any] = {"page": page, "thing": thing, "kind": kind, "opts": desk.opts}
    form = _form(desk, page, thing, request.POST)
    if form.is_valid():
        try:
            with_draft = drafts.save(page, thing, request.POST, kind=kind, author=author, now=timezone.now())
            rehearsal = _rehearse(desk, page, thing, form, author, PATIENCE)
        except PostError as error:
            form.refuse(error)
        else:
            context |= _context(rehearsal, page, form, _subject(kind, thing)) | {"draft": with_draft}
    part = bool(request.headers.get("HX-Request"))
    if not part:
        context |= admin.site.each_context(request) | {"title": _("Preview"), "typed": _typed(request)}
        context["form_name"] = f"admin:incidents_{kind}_{'change' if thing else 'add'}"
        context["can_view"] = desk.has_view_permission(request)
    name = "part" if part else "page"
    return TemplateResponse(request, f"admin/preview/{name}.html", context | {"form": form})


def _context(rehearsal: Rehearsal, page: Page, form: PostForm, subject: str) -> dict[str, Any]:
    told = form.cleaned_data["notify"]
    return {
        "rehearsal": rehearsal,
        "languages": [(code, name) for code, name in LANGUAGES if code in page.languages],
        "webhook": shown.webhook(rehearsal),
        "mails": [(code, shown.mail(rehearsal, code)) for code in page.languages],
        "told": told,
        "audience": audience(page, subject, rehearsal.component_ids) if told else None,
        "hold": int(form.hold.total_seconds()),
    }


@require_POST
def reach(request: HttpRequest, kind: str, page_id: str, pk: int | None = None) -> HttpResponse:
    """For how many people this form would be, whatever else still stands in it."""
    _, page, thing = _desk(request, kind, page_id, pk)
    ids = {component.pk for component in standing.named(thing.updates.all())} if thing else set()
    for component in choosing.components_of(page):
        if request.POST.get(choosing.control(component)):
            ids.add(component.pk)
    context = {
        "told": "notify" in request.POST,
        "audience": audience(page, _subject(kind, thing), ids),
        "hold": 0 if "at_once" in request.POST else page.hold,
    }
    return TemplateResponse(request, "admin/preview/reach.html", context)


@require_safe
@xframe_options_sameorigin
@csp_replace(  # type: ignore[arg-type]  # its stubs know views without arguments alone
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "script-src": [NONE],
        "img-src": ["data:"],
        "connect-src": [NONE],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": True,
    }
)
def frame(request: HttpRequest, update_id: str, what: str, language: str) -> HttpResponse:
    """The front page, the own page or the mail that a draft would become, in one language."""
    draft = get_object_or_404(Draft.objects.select_related("page"), update_id=update_id)
    if draft.author_id not in (None, request.user.pk) or language not in draft.page.languages:
        raise Http404
    about = draft.incident or draft.maintenance
    desk, page, thing = _desk(request, draft.kind, draft.page.public_id, about.pk if about else None)
    form = _form(desk, page, thing, drafts.typed(draft))
    if not form.is_valid():
        raise Http404
    try:
        rehearsal = _rehearse(desk, page, thing, form, _author(request), FRAME_PATIENCE)
    except PostError as error:
        raise Http404 from error
    if what == "mail":
        return HttpResponse(shown.mail(rehearsal, language).html)
    return HttpResponse(shown.own(rehearsal, language) if what == "own" else shown.page(rehearsal, language))


def _desk(
    request: HttpRequest, kind: str, page_id: str, pk: int | None
) -> tuple[PostingAdmin[Any], Page, Thing | None]:
    if kind not in _KINDS:
        raise Http404
    desk = admin.site.get_model_admin(_KINDS[kind])
    page = get_object_or_404(Page, public_id=page_id)
    thing: Any = None if pk is None else get_object_or_404(_KINDS[kind], pk=pk, page=page)
    allowed = (
        desk.has_add_permission(request) if thing is None else desk.has_change_permission(request, thing)
    )
    if not allowed:
        raise PermissionDenied
    return desk, page, thing  # type: ignore[return-value]


def _form(desk: PostingAdmin[Any], page: Page, thing: Thing | None, typed: Any) -> PostForm:
    form = desk.begin_form(page, typed) if thing is None else desk.update_form(thing, typed)
    if form is None:
        raise PermissionDenied
    return form


def _rehearse(
    desk: PostingAdmin[Any], page: Page, thing: Thing | None, form: PostForm, author: User, patience: str
) -> Rehearsal:
    def say() -> Thing:
        said: Thing = desk.begin(form, author) if thing is None else desk.update(thing, form, author)
        return said

    # Written down for everybody it would take as long as the real one.
    wanted, form.cleaned_data["notify"] = form.cleaned_data["notify"], False
    try:
        before = thing.status if thing else None
        return rehearse(page, say, before, timezone.now(), installation(), patience)
    finally:
        form.cleaned_data["notify"] = wanted


def _subject(kind: str, thing: Thing | None) -> str:
    """What subscribers follow; nobody follows by name what does not exist yet."""
    return telling.source(thing) if thing else f"{kind}:"


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """All fields again, so that the page of a preview can post them."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", "use")
    ]


def _author(request: HttpRequest) -> User:
    # Only signed-in staff get through the admin's door.
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
