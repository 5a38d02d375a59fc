"""Open311 GeoReport v2 at /open311/v2/ (docs/open311.md, ADR 0018)."""

from django.urls import re_path

from yankao.departments.service.dispatch.api.open311 import reports, views

app_name = "open311"

_FORM = r"\.(?P<form>json|xml)$"

urlpatterns = [
    re_path(rf"^open311/v2/discovery{_FORM}", views.discovery, name="discovery"),
    re_path(rf"^open311/v2/services{_FORM}", views.services, name="services"),
    re_path(rf"^open311/v2/services/(?P<code>[^/]+){_FORM}", views.definition, name="definition"),
    re_path(rf"^open311/v2/requests{_FORM}", reports.requests, name="requests"),
    re_path(r"^open311/v2/requests\.csv$", views.bulk, name="bulk"),
    re_path(rf"^open311/v2/requests/(?P<number>[^/]+){_FORM}", views.one, name="request"),
    re_path(rf"^open311/v2/tokens/(?P<token>[^/]+){_FORM}", views.token, name="token"),
    re_path(rf"^open311/v2/servicerequestupdates{_FORM}", views.updates, name="updates"),
    re_path(rf"^open311/v2/.*{_FORM}", views.nowhere),
    re_path(r"^open311/v2/", views.nowhere),
]
