"""What each role may do, computed from the models there are.

Applying it twice changes nothing. A model that is named nowhere is the Owners' alone.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.contrib.auth.models import Group, Permission
from django.db.models import Model

LOOK = frozenset({"view"})
MEND = frozenset({"view", "change"})
DO = frozenset({"view", "add", "change"})
ALL = frozenset({"view", "add", "change", "delete"})
NOTHING: frozenset[str] = frozenset()


class Role(StrEnum):
    """A role, the most powerful first; each is a group, and may what those after it may, unless said."""

    OWNER = "owner"
    OPERATOR = "operator"
    COMMUNICATOR = "communicator"
    VIEWER = "viewer"

    @property
    def group(self) -> str:
        """The name of its group."""
        return self.value.capitalize()


# By "app.model", then "app.*", then what the next role may. Docs: docs/people.md.
GRANTS: Mapping[Role, Mapping[str, frozenset[str]]] = {
    Role.VIEWER: {
        "monitors.*": LOOK,
        "incidents.*": LOOK,
        # What somebody types, colleagues' numbers, visitors' addresses, addresses that are secrets.
        "incidents.draft": NOTHING,
        "incidents.contact": NOTHING,
        "incidents.report": NOTHING,
        "incidents.teamchannel": NOTHING,
        "incidents.teammessage": NOTHING,
        "subscribers.notice": LOOK,
        "statuspage.target": LOOK,
        "statuspage.drill": LOOK,
    },
    Role.COMMUNICATOR: {
        "incidents.*": ALL,
        "incidents.teamchannel": NOTHING,
        "incidents.teammessage": NOTHING,
        "statuspage.drill": DO,
    },
    Role.OPERATOR: {
        "monitors.*": ALL,
        # Its readers' password, its weights, its domain and what mail is sent as.
        "monitors.page": LOOK,
        "monitors.essentials": MEND,
        "incidents.teamchannel": ALL,
        "incidents.teammessage": LOOK,
        # To find out why somebody was not told; not to take the list away.
        "subscribers.notice": MEND,
        "subscribers.subscriber": LOOK,
        "subscribers.delivery": MEND,
        "subscribers.suppression": LOOK,
    },
    Role.OWNER: {
        "monitors.*": ALL,
        "incidents.*": ALL,
        "subscribers.*": ALL,
        "statuspage.*": ALL,
        # The database refuses the rest, too.
        "statuspage.auditentry": LOOK,
        "auth.user": ALL,
    },
}


def allowed(role: Role, model: type[Model]) -> frozenset[str]:
    """What a role may do with the rows of a model."""
    app, name = model._meta.app_label, model._meta.model_name
    for each in list(Role)[list(Role).index(role) :]:
        for key in (f"{app}.{name}", f"{app}.*"):
            if key in GRANTS[each]:
                return GRANTS[each][key]
    return NOTHING


def apply() -> None:
    """Makes the groups, and gives each exactly the permissions of its role."""
    there = {
        (permission.content_type.model_class(), permission.codename): permission.pk
        for permission in Permission.objects.select_related("content_type")
    }
    for role in Role:
        group, _new = Group.objects.get_or_create(name=role.group)
        wanted = {pk for (model, code), pk in there.items() if model and _has(role, model, code)}
        if wanted != set(group.permissions.values_list("pk", flat=True)):
            group.permissions.set(wanted)


def _has(role: Role, model: type[Model], codename: str) -> bool:
    action = codename.partition("_")[0]
    # A permission of a model's own goes with changing it.
    return (action if action in ALL else "change") in allowed(role, model)
