"""Who is invited: write an invitation, send it once more, take it back. An accepted one stays as a record."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.templatetags.console import moment
from monitors import clock
from statuspage.models import Invitation, roles
from statuspage.people import invitations, letters
from statuspage.people.roles import Role
from subscribers.channels.base import AddressError, ChannelDown
from subscribers.channels.email import Email
from subscribers.means import means


class InvitationForm(forms.ModelForm[Invitation]):
    """Whom, as what, and in which language."""

    class Meta:
        model = Invitation
        fields = ("email", "role", "language")

    def clean_email(self) -> str:
        """In its normal form. Raises ValidationError for an address that mail cannot be sent to."""
        try:
            return Email().clean(self.cleaned_data["email"], means(settings))
        except AddressError as error:
            raise ValidationError(_(str(error))) from None

    def clean(self) -> dict[str, Any]:
        """Who can sign in already needs no invitation."""
        said = super().clean() or self.cleaned_data
        if "email" in said and invitations.has_account(said["email"]):
            self.add_error("email", _("Somebody of this address can sign in already."))
        return said


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    """The link is in the mail alone; where the mail does not leave, it is shown once to who wrote it."""

    form = InvitationForm
    list_display = ("email", "role", "standing", "invited_by", "written", "ends")
    list_filter = ("role",)
    list_select_related = ("invited_by",)
    search_fields = ("email",)
    actions = ("send_again", "take_back")
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ["admin-statuspage/lists.css", "admin-statuspage/people.css"]}

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """What was written stays as it is; actions end it or replace it."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """They stay as a record."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """With the zone of their times."""
        return super().get_queryset(request).annotate(zone=Value(clock.zone()))

    @admin.display(description=gettext_lazy("written"))
    def written(self, invitation: Any) -> str:
        """When the link was sent."""
        return moment(invitation.created_at, invitation.zone)

    @admin.display(description=gettext_lazy("good until"))
    def ends(self, invitation: Any) -> str:
        """When the link opens nothing any more."""
        return moment(invitation.expires_at, invitation.zone)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, invitation: Invitation) -> str:
        """In a word."""
        if invitation.accepted_at:
            return _("accepted by %(name)s") % {"name": invitation.accepted_by or _("somebody who is gone")}
        if invitation.revoked_at:
            return _("taken back")
        return _("open") if invitations.is_open(invitation, timezone.now()) else _("expired")

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        """Writes it and sends it."""
        made = self._invite(request, obj.email, obj.role, obj.language)
        for name in ("pk", "digest", "created_at", "expires_at", "invited_by_id"):
            setattr(obj, name, getattr(made, name))

    @admin.action(description=gettext_lazy("Send once more, with a new link"), permissions=["add"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        """The link before it opens nothing from then on."""
        for invitation in chosen.filter(accepted_at=None):
            if not invitations.has_account(invitation.email):
                self._invite(request, invitation.email, invitation.role, invitation.language)

    @admin.action(description=gettext_lazy("Take back"), permissions=["add"])
    def take_back(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        """Their links open nothing from then on."""
        now = timezone.now()
        number = sum(invitations.revoke(invitation, now) for invitation in chosen)
        told = ngettext(
            "%(number)s invitation was taken back.", "%(number)s invitations were taken back.", number
        )
        self.message_user(request, told % {"number": number})

    def _invite(self, request: HttpRequest, email: str, role: str, language: str) -> Invitation:
        by = request.user
        assert by.is_authenticated  # noqa: S101 (the admin lets nobody else through)
        made, secret = invitations.invite(email, Role(role), language, by, timezone.now())
        link = f"{settings.APP_URL}{reverse('people:accept', args=[secret])}"
        with translation.override(language):
            named = str(dict(roles())[role])
            inviter = by.get_full_name() or by.get_username()
            letter = letters.invitation(email, link, inviter, named, invitations.VALID.days)
        try:
            letter.send()
        except (ChannelDown, ValueError) as error:
            why = _("The mail to %(email)s did not leave (%(error)s). Give them this link yourself: %(link)s")
            self.message_user(request, why % {"email": email, "error": error, "link": link}, messages.WARNING)
        else:
            self.message_user(request, _("A link is on its way to %(email)s.") % {"email": email})
        return made
