"""Django's admin with our front page: `Console` instead of its own site."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    """The admin, served by `Console`."""

    default_site = "statuspage.board.site.Console"
