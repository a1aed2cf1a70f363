"""The addresses of the post room: none of them is ever exported."""

from django.urls import path

from subscribers import manage, views

app_name = "subscribers"

urlpatterns = [
    path("subscribe/<slug:page_id>/", views.form, name="form"),
    path("subscribe/<slug:page_id>/send/", views.ask, name="ask"),
    path("subscription/confirm/<str:token>/", views.confirm, name="confirm"),
    path("subscription/<str:token>/", manage.show, name="manage"),
    path("subscription/<str:token>/data.json", manage.export, name="export"),
    path("subscription/<str:token>/erase/", manage.erase, name="erase"),
    path("subscription/<str:token>/<slug:verb>/", manage.act, name="act"),
    path("unsubscribe/<str:token>/", views.leave, name="leave"),
]
