"""The hidden page that drills are held on: one, made with the first drill, empty between them.

`Page.objects` never finds it, so that no list offers it; here it is asked for by name.
"""

from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef, Q, QuerySet

from monitors.models import Page
from statuspage.models import Drill

# Nobody can own it (RFC 2606), so no request names it.
DOMAIN = "drill.invalid"
NAME = "Drill"
_SIGNER_SALT = "statuspage.drill"


def hidden_page(app_url: str) -> Page:
    """The page of drills, made where it is missing; its address leads back to the console."""
    page = Page.every.filter(hidden=True).first()
    if page is None:
        zone = Page.objects.values_list("time_zone", flat=True).first() or "Etc/UTC"
        page = Page.every.create(name=NAME, domain=DOMAIN, url=app_url, hidden=True, hold=0, time_zone=zone)
    address = f"{app_url}{path(page)}".rstrip("/")
    if page.url != address:
        Page.every.filter(pk=page.pk).update(url=address)
        page.url = address
    return page


def path(page: Page) -> str:
    """Where what is watched answers: nobody can guess it."""
    return f"/drill/{Signer(salt=_SIGNER_SALT).sign(page.public_id)}/"


def page_id_of(token: str) -> str | None:
    """The public id of the page in such a path; None where it is not ours."""
    try:
        return Signer(salt=_SIGNER_SALT).unsign(token)
    except BadSignature:
        return None


def published() -> QuerySet[Page]:
    """Every page of which releases are made: those that are shown, and that of a drill while it goes on."""
    drilling = Exists(Drill.objects.filter(page=OuterRef("pk"), finished_at=None))
    return Page.every.filter(Q(hidden=False) | drilling)
