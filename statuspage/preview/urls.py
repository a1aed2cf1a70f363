"""The addresses of previews, under the admin's and behind its door."""

from django.contrib import admin
from django.urls import path

from statuspage.preview.views import frame, preview, reach

_preview, _reach = admin.site.admin_view(preview), admin.site.admin_view(reach)

urlpatterns = [
    path("<str:kind>/<str:page_id>/", _preview, name="preview"),
    path("<str:kind>/<str:page_id>/<int:pk>/", _preview, name="preview_more"),
    path("of/<str:update_id>/<str:what>/<str:language>/", admin.site.admin_view(frame), name="preview_frame"),
]
