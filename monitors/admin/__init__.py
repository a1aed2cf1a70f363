"""Pages, groups, components and monitors for staff: each screen is in a file of its own."""

from monitors.admin import components, groups, monitors, pages

__all__ = ["components", "groups", "monitors", "pages"]
