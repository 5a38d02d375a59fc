"""All addresses: what the registered rooms and systems declare, the API, log-in, errors."""

from django.urls import URLPattern, URLResolver, include, path

from yankao.base import api, registry

handler400 = "yankao.base.pages.bad_request"
handler403 = "yankao.base.pages.forbidden"
handler404 = "yankao.base.pages.not_found"
handler429 = "yankao.kernel.people.lockout.too_many"
handler500 = "yankao.base.pages.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("yankao.kernel.people.account_urls")),
    path("", include("yankao.base.pages")),
    path("api/", api.build().urls),
    *(path("", include(module)) for system in registry.systems() for module in system.standards),
    *(path("", include(system.urls)) for system in registry.systems() if system.urls),
]
