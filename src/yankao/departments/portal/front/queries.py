"""What the home page tells, and the site as an app."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yankao.base import registry
from yankao.base.ui_offers import Found, FrontFinder, FrontNews, News


def news(*, at: datetime) -> list[News]:
    """What is going on at ``at`` according to every system that offers news, in declared order."""
    offers = registry.offers(FrontNews)
    return [item for offer in offers for item in offer.front_news(at)]


@dataclass(frozen=True, slots=True)
class FoundThere:
    """What one system found, and where all of it is."""

    title: Any
    items: list[Found]
    more_url: str


def found(words: str, *, at: datetime) -> list[FoundThere]:
    """What every system that is searched found; those that found nothing are left out."""
    finders = registry.offers(FrontFinder)
    found = [(one, one.front_found(words, at)) for one in finders]
    return [
        FoundThere(one.finder_title, items, one.front_more(words)) for one, items in found if items
    ]


ICON_SIZES = (192, 512)


def manifest() -> dict[str, Any]:
    """The site as an app (W3C Web Application Manifest), in the reader's language.

    Name and colours are the city pack's.
    """
    language = get_language() or ""
    city = settings.CITY["name" if language.startswith("zh") else "name_en"]
    colours = settings.CITY["colours"]["light"]
    return {
        "id": "/",
        "name": _("%(city)s市民服務") % {"city": city},
        "short_name": _("%(city)s服務") % {"city": city},
        "description": _("通報、陳情、查進度、問問題；沒有網路也能先寫好通報。"),
        "lang": language,
        "dir": "ltr",
        "start_url": reverse("portal_front:home"),
        "scope": "/",
        "display": "standalone",
        "theme_color": colours["brand"],
        "background_color": colours["paper"],
        "categories": ["government", "utilities"],
        "icons": [_icon(name, size) for name in ("icon", "maskable") for size in ICON_SIZES],
        "shortcuts": [
            {"name": name, "url": reverse(page), "icons": [_icon("icon", ICON_SIZES[0])]}
            for name, page in (
                (_("通報"), "service_dispatch:report"),
                (_("陳情"), "service_petitions:petition"),
                (_("查進度"), "service_dispatch:status"),
                (_("問問題"), "service_bot:ask"),
            )
        ],
    }


def _icon(name: str, size: int) -> dict[str, str]:
    purpose = "maskable" if name == "maskable" else "any"
    source = static(f"app/{name}-{size}.png")
    return {"src": source, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
