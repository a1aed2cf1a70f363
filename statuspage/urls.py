"""What Django answers; published pages are served in front of it (live.py)."""

from django.contrib import admin
from django.urls import include, path

from monitors.ping_views import ping
from statuspage.drill.views import elsewhere, watched
from statuspage.health import readyz
from statuspage.metrics import scrape
from statuspage.private import unlock
from statuspage.views import healthz

urlpatterns = [
    path("admin/", include("statuspage.people.urls")),
    path("admin/preview/", include("statuspage.preview.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("ping/<path:call>", ping, name="ping"),
    path("readyz", readyz),
    path("metrics", scrape),
    path("drill/<str:token>/", watched),
    path("drill/<str:token>/<path:rest>", elsewhere),
    path("unlock/<str:page_id>/", unlock, name="unlock"),
    path("", include("incidents.reports.urls")),
    path("", include("subscribers.urls")),
]

handler404 = "statuspage.not_found.not_found"
