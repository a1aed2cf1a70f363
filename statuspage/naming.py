"""Pages and targets as administrators name them on a command line. Raises CommandError in words."""

from django.core.management.base import CommandError
from django.db.models import Q

from monitors.models import Page
from statuspage.models import Target


def find_page(name: str) -> Page:
    """The page of a domain, a name or an id."""
    found = list(Page.objects.filter(Q(domain=name) | Q(name=name) | Q(public_id=name)))
    if len(found) == 1:
        return found[0]
    if found:
        domains = ", ".join(page.domain for page in found)
        raise CommandError(f"Several pages are called {name!r}. Name one by its domain: {domains}.")
    known = ", ".join(Page.objects.values_list("domain", flat=True)) or "none"
    raise CommandError(f"There is no page {name!r}. There are: {known}.")


def find_target(name: str, page: str | None) -> Target:
    """The target of a name, of one page where several have one of that name."""
    targets = Target.objects.select_related("page")
    if page is not None:
        targets = targets.filter(page=find_page(page))
    found = list(targets.filter(name=name))
    if len(found) == 1:
        return found[0]
    if found:
        domains = sorted({target.page.domain for target in found})
        if len(domains) > 1:
            raise CommandError(
                f"Several targets are called {name!r}. Add --page with one of: {', '.join(domains)}."
            )
        raise CommandError(f"{domains[0]} has several targets called {name!r}. Rename one in the admin.")
    known = ", ".join(repr(target.name) for target in targets) or "none"
    raise CommandError(f"There is no target {name!r}. There are: {known}.")
