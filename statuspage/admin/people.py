"""People in the console: who is staff, in which role, and since when they were not seen.

Only Owners get here, nobody is made a superuser here, and there is always an Owner left.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.account import admin as _account
from allauth.mfa import admin as _mfa
from allauth.socialaccount import admin as _social
from allauth.usersessions import admin as _sessions
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as _auth
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.templatetags.console import moment
from monitors import clock
from statuspage.models import roles
from statuspage.people.holders import LastOwner, give, retire, role_of, will_leave_none
from statuspage.people.roles import Role

# Screens of others that would give away roles, secrets and sessions.
for _module in (_auth, _account, _mfa, _social, _sessions):
    for _model, _screen in list(admin.site._registry.items()):
        if type(_screen).__module__ == _module.__name__:
            admin.site.unregister(_model)

LAST = gettext_lazy("Somebody has to be an Owner: make another one first.")


class PersonForm(forms.ModelForm[User]):
    """A name, a role, and whether they may still sign in."""

    role = forms.ChoiceField(
        label=capfirst(gettext_lazy("role")),
        choices=roles,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Each may what those below it may, and more."),
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "is_active")
        labels = {"is_active": capfirst(gettext_lazy("may sign in"))}
        help_texts = {
            "is_active": gettext_lazy("Off: their sessions end; their name stays on what they did.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = role_of(self.instance)
        self.initial["role"] = held.value if held else None

    def clean(self) -> dict[str, Any]:
        """The last Owner stays one."""
        cleaned = super().clean() or self.cleaned_data
        stays = cleaned.get("is_active") and cleaned.get("role") == Role.OWNER
        if not stays and will_leave_none(self.instance):
            field = "role" if cleaned.get("is_active") else "is_active"
            self.add_error(field, LAST)
        return cleaned


class RoleFilter(admin.SimpleListFilter):
    """By role, under its name."""

    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """All there are."""
        return roles()

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Who holds it."""
        role = next((each for each in Role if each.value == self.value()), None)
        if role is None:
            return queryset
        held = Q(groups__name=role.group)
        # Whoever has every right is an Owner, whatever their group.
        return (
            queryset.filter(held | Q(is_superuser=True)).distinct()
            if role is Role.OWNER
            else queryset.filter(held, is_superuser=False)
        )


@admin.register(User)
class PersonAdmin(admin.ModelAdmin[User]):
    """Accounts of staff; new ones are invited."""

    form = PersonForm
    list_display = ("username", "full_name", "email", "role", "standing", "seen")
    list_filter = ("is_active", RoleFilter)
    empty_value_display = ""
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    fields = ("username", "email", "first_name", "last_name", "role", "is_active", "seen", "did")
    readonly_fields = ("username", "email", "seen", "did")
    actions = None
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 100

    class Media:
        css = {"all": ["admin-statuspage/lists.css", "admin-statuspage/people.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are invited, and choose their own password."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Their name stays on what they did; their access ends."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With their roles, and the zone of their times."""
        people = super().get_queryset(request).prefetch_related("groups")
        return people.annotate(zone=Value(clock.zone()))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list under its own name."""
        return super().changelist_view(request, {"title": _("People")} | (extra_context or {}))

    @admin.display(description=gettext_lazy("name"))
    def full_name(self, user: User) -> str:
        """As they write it."""
        return user.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def role(self, user: User) -> str:
        """By its name."""
        held = role_of(user)
        return str(dict(roles())[held.value]) if held else _("none")

    @admin.display(description=gettext_lazy("may sign in"))
    def standing(self, user: User) -> str:
        """In words: on a phone no heading stands above."""
        return _("may sign in") if user.is_active else _("may no longer sign in")

    @admin.display(description=gettext_lazy("last sign-in"))
    def seen(self, user: Any) -> str:
        """When they last came in."""
        return moment(user.last_login, user.zone) if user.last_login else _("never")

    @admin.display(description=gettext_lazy("audit log"))
    def did(self, user: User) -> SafeString:
        """What they changed, and what was changed of their account."""
        log = reverse("admin:statuspage_auditentry_changelist")
        theirs = urlencode({"actor": user.get_username()})
        return format_html('<a href="{}?{}">{}</a>', log, theirs, _("What they changed"))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """The verbs that keep an Owner; who may no longer sign in keeps the role, for the day they return."""
        # Before the row says so: who is the last is read from it.
        if obj.is_active:
            give(obj, Role(form.cleaned_data["role"]))
        else:
            retire(obj)
        obj.save(update_fields=["first_name", "last_name", "is_active"])

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Two Owners who end each other's role in the same moment: the second is told."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except LastOwner:
            self.message_user(request, str(LAST), "ERROR")
            return self.response_post_save_change(request, User.objects.get(pk=str(object_id)))
