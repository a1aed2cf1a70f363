"""Pages, groups, components and monitors for staff: each screen is in a file of its own."""

from monitors.admin import components, corrections, groups, monitors, pages, regions

__all__ = ["components", "corrections", "groups", "monitors", "pages", "regions"]
