"""The form of a region: a name that stays, and a public key that is one."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from monitors import sealing
from monitors.forms.parts import LineForm
from monitors.forms.regions_field import REGION
from monitors.models import Region
from monitors.sealing import SealError


class RegionForm(LineForm[Region]):
    """A region; whoever changes its key decides who opens the secrets of what is watched from there."""

    class Meta:
        model = Region
        fields = ["name", "recipient"]

    def clean_name(self) -> str:
        """As monitors and queues name it. Raises ValidationError."""
        name: str = self.cleaned_data["name"]
        if not REGION.fullmatch(name):
            raise ValidationError(
                gettext("Write small letters, digits, dashes and underscores alone, such as paris-1.")
            )
        return name

    def clean_recipient(self) -> str:
        """None, or an age public key. Raises ValidationError."""
        recipient: str = self.cleaned_data["recipient"].strip()
        if recipient:
            try:
                sealing.check_recipient(recipient)
            except SealError:
                raise ValidationError(
                    gettext("This is no public key: it begins with age1, and region_key prints it.")
                ) from None
        return recipient
