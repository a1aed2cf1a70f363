"""What a drill watches: an address of this application that answers, or does not while a drill breaks it."""

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from statuspage.drill.hidden import page_id_of
from statuspage.models import Drill


@require_safe
def watched(request: HttpRequest, token: str) -> HttpResponse:
    """200, and 503 from when a drill breaks it until its outage is public and somebody was told."""
    page_id = _page_id(token)
    broken = Drill.objects.filter(page__public_id=page_id, finished_at=None, broken_at__isnull=False)
    try:
        down = broken.exclude(public_at__isnull=False, noticed_at__isnull=False).exists()
    except Error:
        down = True
    response = HttpResponse("broken" if down else "ok", "text/plain", status=503 if down else 200)
    add_never_cache_headers(response)
    return response


@require_safe
def elsewhere(request: HttpRequest, token: str, rest: str) -> HttpResponse:
    """Links of a drill's own notices: its page is shown to nobody, the console says more."""
    _page_id(token)
    return HttpResponseRedirect(reverse("admin:statuspage_drill_changelist"))


def _page_id(token: str) -> str:
    """Raises Http404 for what is not ours, without asking the database."""
    page_id = page_id_of(token)
    if page_id is None:
        raise Http404
    return page_id
