"""What lists of drafts say of one: its name, where to go on with it, where to throw it away."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from incidents.composing import drafts
from incidents.models import Draft

register = template.Library()


@register.filter
def draft_reason(draft: Draft) -> str:
    """Why monitoring proposes it, in the reader's language."""
    return str(draft.reasons.get((get_language() or "en")[:2]) or draft.reason)


@register.filter
def draft_title(draft: Draft) -> str:
    """The title or the beginning of the text; of what goes on, what it is about."""
    return drafts.title(draft) or str(draft.incident or draft.maintenance or "")


@register.filter
def draft_address(draft: Draft) -> str:
    """The form with the draft in it."""
    about = draft.incident or draft.maintenance
    kind = "incident" if draft.kind == drafts.KIND_OF_INCIDENT else "maintenance"
    query = {"draft": draft.update_id}
    if about is not None:
        return f"{reverse(f'admin:incidents_{kind}_change', args=[about.pk])}?{urlencode(query)}"
    query["page"] = draft.page.public_id
    return f"{reverse(f'admin:incidents_{kind}_add')}?{urlencode(query)}"


@register.filter
def draft_forget(draft: Draft) -> str:
    """Where to throw it away."""
    kind = "incident" if draft.kind == drafts.KIND_OF_INCIDENT else "maintenance"
    return reverse(f"admin:incidents_{kind}_forget", args=[draft.update_id])


@register.simple_tag
def compose_words() -> SafeString:
    """What the form's script says; %s is a time."""
    words = {
        "saved": _("Draft saved at %s"),
        "here": _("Kept on this device at %s; the server was not reached"),
        "offline": _("No connection: nothing is posted, your text is kept on this device"),
        "back": _("What you typed is back; nothing of it was posted."),
    }
    return json_script(words, "compose-words")
