"""What the lists of the post room share: rows that nobody types in, and pages that are quick in any table.

No list counts further than a reader would turn, and none sorts by what has no index.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import cached_property

Row = TypeVar("Row", bound=Model)

# Of a page: what a list has no use for, pictures and a secret.
HEAVY = ("page__logo", "page__favicon", "page__dead_man_url", "page__password")
# A reader who has not found it in so many rows searches.
COUNTED = 2_000

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


class BoundedPaginator(_Paginator):
    """Counts no further than COUNTED + 1, so that a page costs the same in a list of any length."""

    @cached_property
    def count(self) -> int:
        """The number of rows; COUNTED + 1 stands for more."""
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED + 1].count())

    @property
    def more(self) -> bool:
        """Whether there are more than are counted."""
        return self.count > COUNTED


class PostRoomAdmin(admin.ModelAdmin[Row]):
    """Rows that only the post room writes."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    paginator = BoundedPaginator
    sortable_by = ()
    # A choice goes as far as the page on which it was made.
    actions_selection_counter = True

    class Media:
        css = {"all": ["admin-statuspage/lists.css", "admin-statuspage/subscribers.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody types them in."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """What was told stays on record."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything that is shown."""
        return self.fields or ()

    def answer(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        """One of our own screens."""
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, f"admin/subscribers/{name}.html", shared | context)


def staff_of(request: HttpRequest) -> User:
    """Who is signed in."""
    # Only signed-in staff get through the admin's door.
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
