"""The addresses of previews, under the admin's and behind its door."""

from django.contrib import admin
from django.urls import path

from statuspage.preview.views import frame, preview, reach

_preview, _reach = admin.site.admin_view(preview), admin.site.admin_view(reach)

urlpatterns = [
    path("reach/<str:kind>/<str:page_id>/", _reach, name="preview_reach"),
    path("reach/<str:kind>/<str:page_id>/<int:pk>/", _reach, name="preview_reach_more"),
    path("of/<str:update_id>/<str:what>/<str:language>/", admin.site.admin_view(frame), name="preview_frame"),
    path("<str:kind>/<str:page_id>/", _preview, name="preview"),
    path("<str:kind>/<str:page_id>/<int:pk>/", _preview, name="preview_more"),
]
