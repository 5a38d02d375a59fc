"""The HTML face of requests about one's own data."""

from django.urls import path

from yankao.departments.service.privacy.pages import citizen, desk

app_name = "service_privacy"

urlpatterns = [
    path("privacy/requests/", citizen.ask, name="ask"),
    path("privacy/requests/sent/", citizen.sent_page, name="sent"),
    path("privacy/request/<str:token>/", citizen.status, name="status"),
    path("privacy/request/<str:token>/confirm/", citizen.confirm, name="confirm"),
    path("privacy/request/<str:token>/copy/<str:number>/", citizen.copy, name="copy"),
    path("privacy/desk/", desk.requests, name="requests"),
    path("privacy/desk/new/", desk.take_in, name="take_in"),
    path("privacy/desk/<int:request_id>/", desk.request_page, name="request"),
    path("privacy/desk/<int:request_id>/extend/", desk.extend, name="extend"),
    path("privacy/desk/<int:request_id>/grant/", desk.grant, name="grant"),
    path("privacy/desk/<int:request_id>/refuse/", desk.refuse, name="refuse"),
    path("privacy/desk/<int:request_id>/copy/", desk.copy, name="staff_copy"),
    path("privacy/retention/", desk.retention, name="retention"),
]
