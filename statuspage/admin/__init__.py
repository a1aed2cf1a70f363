"""The screens of publishing and of people; each file holds a family of them."""

from statuspage.admin.audit import AuditEntryAdmin as AuditEntryAdmin
from statuspage.admin.drill import DrillAdmin as DrillAdmin
from statuspage.admin.invitations import InvitationAdmin as InvitationAdmin
from statuspage.admin.people import PersonAdmin as PersonAdmin
from statuspage.admin.targets import TargetAdmin as TargetAdmin
