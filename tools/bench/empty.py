"""The site's addresses, an empty staff page and an empty API answer.

Both pass everything a real one passes: session, actor, permission, frame and rail, or ninja.
"""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from ninja import NinjaAPI

from yankao.base.api import Holds
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.dispatch.workflow import Permission
from yankao.site import urls

PAGE, ANSWER = "/bench/empty/", "/bench/api/empty"

api = NinjaAPI(title="bench", urls_namespace="bench", docs_url=None, openapi_url=None)


@requires(Permission.READ)
def page(request: Request) -> HttpResponse:
    """The frame of staff pages with nothing in it."""
    template = engines["django"].from_string("{% extends 'layouts/staff.html' %}")
    return HttpResponse(template.render({}, request))


@api.get("/empty", auth=Holds(Permission.READ))
def answer(request: HttpRequest) -> dict[str, str]:
    """Nothing, as JSON."""
    return {}


handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler429, handler500 = urls.handler429, urls.handler500
urlpatterns = [path(PAGE[1:], page), path("bench/api/", api.urls), *urls.urlpatterns]
