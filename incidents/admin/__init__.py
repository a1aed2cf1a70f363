"""The console of staff: what stands on every screen, and the screens of this application."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from incidents.admin.autopost import AutopostAdmin as AutopostAdmin
from incidents.admin.checklists import ChecklistAdmin as ChecklistAdmin
from incidents.admin.contacts import ContactAdmin as ContactAdmin
from incidents.admin.desk import TaskAdmin as TaskAdmin
from incidents.admin.essentials import EssentialsAdmin as EssentialsAdmin
from incidents.admin.incident import IncidentAdmin as IncidentAdmin
from incidents.admin.maintenance import MaintenanceAdmin as MaintenanceAdmin
from incidents.admin.reports import ReportAdmin as ReportAdmin
from incidents.admin.series import SeriesAdmin as SeriesAdmin
from incidents.admin.team import TeamChannelAdmin as TeamChannelAdmin
from incidents.admin.templates import TemplateAdmin as TemplateAdmin

admin.site.site_header = _("Status console")
admin.site.site_title = _("Status console")
admin.site.index_title = _("Now")
# The links at the top say the same in less room.
admin.site.enable_nav_sidebar = False
