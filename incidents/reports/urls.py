"""The addresses at which visitors report: none of them is ever exported."""

from django.urls import path

from incidents.reports import views

app_name = "reports"

urlpatterns = [
    path("report/<slug:page_id>/", views.form, name="form"),
    path("report/<slug:page_id>/send/", views.send, name="send"),
]
