"""Open cases where a caller says: the same district and road, told in words."""

import re
from datetime import datetime, timedelta

from yankao.base.actors import Actor
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries.lists import held_cases
from yankao.departments.service.dispatch.workflow import AT_WORK
from yankao.kernel.casework.rules import district_named
from yankao.kernel.places import queries as places

SINCE = timedelta(days=60)
MOST = 6
_ROAD = re.compile(r"[\u4e00-\u9fff]{1,4}?(?:大道|路|街)(?:[一二三四五六七八九十]段)?")


def open_where(actor: Actor, words: str, *, at: datetime) -> list[Case]:
    """Cases at work in the district the words name, on the road they name; newest first.

    Without a district nothing is near. One query, beside that of the districts.
    """
    names = {district.code: district.name for district in places.districts()}
    district = district_named(words, names)
    if district is None:
        return []
    name = names[district]
    road = _ROAD.search(_after(words, name))
    cases = held_cases(actor).filter(
        district=district, state__in=AT_WORK, received_at__gte=at - SINCE, lead=None
    )
    if road:
        cases = cases.filter(place_words__contains=road[0])
    found = cases.select_related("item", "district", "agency", "handling")
    return list(found.order_by("-received_at", "-id")[:MOST])


def _after(words: str, district: str) -> str:
    """What follows the district's name: 「三民區建國三路」 → 「建國三路」."""
    for spoken in (district, district[:-1] if len(district) > 2 else district):
        if spoken in words:
            return words.split(spoken, 1)[1].removeprefix("區")
    return words
