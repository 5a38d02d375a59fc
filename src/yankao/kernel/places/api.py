"""Places as JSON, for everybody: districts, villages, and where a point is."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from ninja import P, QueryEx, Router, Schema

from yankao.base.errors import NotVisible
from yankao.base.routes import public
from yankao.kernel.places import queries
from yankao.kernel.places.queries import DistrictView, Spot, VillageView

router = Router(tags=["places"])

A_DAY_S = 24 * 3600


class DistrictUnknown(NotVisible):
    """No district has that code."""


class OutsideCity(NotVisible):
    """The point is not in the city."""


class District(Schema):
    """A district and a point inside it (WGS84 degrees)."""

    code: str
    name: str
    name_en: str
    lat: float
    lng: float


class Village(Schema):
    """A village and its district."""

    code: str
    district_code: str
    name: str


class Located(Schema):
    """Where a point is; the village is null in harbour basins and the like."""

    district_code: str
    village_code: str | None
    district_name: str
    village_name: str


@router.get("/districts", response=list[District], summary="All districts")
@public
def list_districts(request: HttpRequest, response: HttpResponse) -> list[DistrictView]:
    """In order of code."""
    patch_cache_control(response, public=True, max_age=A_DAY_S)
    return queries.districts()


@router.get("/villages", response=list[Village], summary="The villages of a district")
@public
def list_villages(
    request: HttpRequest,
    response: HttpResponse,
    district: QueryEx[str, P(description="the district's code")],
) -> list[VillageView]:
    """In order of code. Refusal: places.district_unknown."""
    villages = queries.villages_of(district)
    if not villages:
        raise DistrictUnknown(
            "places.district_unknown", "沒有這個行政區代碼。請先查詢行政區清單。", "district"
        )
    patch_cache_control(response, public=True, max_age=A_DAY_S)
    return villages


@router.get("/locate", response=Located, summary="Where a point is")
@public
def locate(
    request: HttpRequest,
    lat: QueryEx[float, P(ge=-90, le=90, description="latitude, WGS84 degrees")],
    lng: QueryEx[float, P(ge=-180, le=180, description="longitude, WGS84 degrees")],
) -> Spot:
    """The village a point is in or not more than 50 m beside. Refusal: places.outside_city."""
    spot = queries.locate(lat=lat, lng=lng)
    if spot is None:
        raise OutsideCity(
            "places.outside_city", "這個位置不在本市範圍內。請確認經緯度，緯度在前。", "lat"
        )
    return spot
