"""Names of the dimensions every system shares: agencies and districts."""

from collections.abc import Mapping

from yankao.kernel.people import queries as people
from yankao.kernel.places import queries as places


def agency_names() -> Mapping[str, str]:
    """Agency code → name, in the order of the agency tree. One query."""
    return {agency.code: agency.name for agency in people.agencies()}


def district_names() -> Mapping[str, str]:
    """District code → name, in the city's order."""
    return {district.code: district.name for district in places.districts()}
