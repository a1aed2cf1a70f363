"""The screens of publishing and of people; each file holds a family of them."""

from statuspage.admin.targets import TargetAdmin as TargetAdmin
