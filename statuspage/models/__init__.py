"""Targets and releases, people and what they did, drills; each file holds what belongs together."""

from statuspage.models.drill import Drill as Drill
from statuspage.models.people import AuditEntry as AuditEntry
from statuspage.models.people import Invitation as Invitation
from statuspage.models.people import Person as Person
from statuspage.models.people import roles as roles
from statuspage.models.targets import ComponentTold as ComponentTold
from statuspage.models.targets import File as File
from statuspage.models.targets import Publishing as Publishing
from statuspage.models.targets import Release as Release
from statuspage.models.targets import Target as Target
from statuspage.models.targets import Turn as Turn
from statuspage.models.targets import sentence as sentence
from statuspage.models.targets import target_kinds as target_kinds
