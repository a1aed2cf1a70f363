"""What a person finds at the form: their draft, a template's words, what others write and wrote.

A form that only shows what was typed (`sent` is false) judges nothing and posts nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode

from incidents.choosing import components_of
from incidents.composing import drafts, meanwhile, starting
from incidents.models import Draft, Incident, Maintenance, Template
from incidents.typed import PostForm
from monitors.models import Page

Form = TypeVar("Form", bound=PostForm)


class Desk:
    """One request to a form that begins something on a page, or continues `about`."""

    def __init__(
        self, request: HttpRequest, page: Page, about: Incident | Maintenance | None, kind: str, now: datetime
    ) -> None:
        self.request, self.page, self.about, self.kind, self.now = request, page, about, kind, now
        self.author = author_of(request)
        self.restored: Draft | None = None

    def form(self, make: Callable[[QueryDict | None], Form | None]) -> Form | None:
        """The form as it is to be shown or judged; `make` builds one from what the browser sent.

        None where nothing can be said. Raises PermissionDenied for a post of it.
        """
        if self.request.method == "POST":
            return self._posted(lambda data: _allowed(make(data)))
        blank = make(None)
        if blank is None:
            return None
        self.restored = self._draft()
        template = starting.chosen(self.page, self.request.GET.get("template", ""), self.kind)
        if self.restored is not None:
            return _shown(make(drafts.typed(self.restored)))
        if template is not None:
            return _shown(make(self._begun(template, starting.as_typed(blank), blank)))
        return blank

    def _posted(self, make: Callable[[QueryDict | None], Form]) -> Form:
        typed = self.request.POST
        if "use" in typed:
            template = starting.chosen(self.page, typed["use"], self.kind)
            return _shown(make(self._begun(template, typed, make(None)) if template else typed))
        news = meanwhile.found(self.about, typed) if self.about is not None else None
        if news is not None and self.about is not None:
            form = _shown(make(meanwhile.follow(make(typed), self.about, typed)))
            form.meanwhile = news
            return form
        form = make(typed)
        form.sent = True
        return form

    def _begun(self, template: Template, typed: QueryDict, blank: PostForm) -> QueryDict:
        before = starting.chosen(self.page, typed.get(starting.USED, ""), self.kind)
        return starting.begin_with(template, before, typed, blank, components_of(self.page))

    def _draft(self) -> Draft | None:
        """The draft that is asked for; of what goes on, whatever one left there."""
        mine = drafts.mine(self.author, self.about, self.page).filter(kind=self.kind)
        wanted = self.request.GET.get("draft", "")
        if wanted:
            return mine.filter(update_id=wanted).first()
        if self.about is None or "template" in self.request.GET:
            return None
        return mine.filter(author=self.author).first()

    def context(self, form: PostForm) -> dict[str, Any]:
        """What stands around the form."""
        begins = self.about is None
        mine = drafts.mine(self.author, self.about, self.page).filter(kind=self.kind)
        shown = form["update_id"].value()
        return self._addresses() | {
            "kind": self.kind,
            "templates": list(starting.offered(self.page, self.kind, begins=begins)),
            "restored": self.restored,
            "drafts": list(mine.exclude(update_id=shown)[:5]) if begins else [],
            "others": drafts.others(self.author, self.about, self.now) if self.about else [],
            "meanwhile": form.meanwhile,
        }

    def _addresses(self) -> dict[str, str]:
        """Where the form sends itself beside its own address."""
        name, page = f"admin:incidents_{self.kind}", self.page.public_id
        if self.about is None:
            keep = f"{reverse(f'{name}_keep')}?{urlencode({'page': page})}"
            ends = [self.kind, page]
        else:
            keep, ends = (
                reverse(f"{name}_keep_more", args=[self.about.pk]),
                [self.kind, page, str(self.about.pk)],
            )
        more = "" if self.about is None else "_more"
        return {
            "keep_url": keep,
            "preview_url": reverse(f"preview{more}", args=ends),
            "reach_url": reverse(f"preview_reach{more}", args=ends),
            "forget_name": f"{name}_forget",
        }


def _allowed(form: Form | None) -> Form:
    if form is None:
        raise PermissionDenied
    return form


def _shown(form: Form | None) -> Form:
    shown = _allowed(form)
    shown.restore()
    return shown


def asked_page(request: HttpRequest) -> Page | None:
    """The page asked for, or the only one there is; None: staff choose."""
    if "page" in request.GET:
        return get_object_or_404(Page, public_id=request.GET["page"])
    pages = list(Page.objects.filter(hidden=False)[:2])
    return pages[0] if len(pages) == 1 else None


def author_of(request: HttpRequest) -> User:
    """Who asks: only signed-in staff get through the admin's door."""
    author = request.user
    assert isinstance(author, User)  # noqa: S101
    return author
