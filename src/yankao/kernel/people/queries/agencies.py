"""Reading the tree of agencies and their units."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from yankao.base.errors import NotVisible
from yankao.kernel.people.models import Agency, Unit
from yankao.kernel.people.queries.actors import agency_parents
from yankao.kernel.people.rules import below


@dataclass(frozen=True, slots=True)
class AgencyView:
    """An agency as others see it; ``parent`` is the code of the agency above."""

    code: str
    name: str
    short_name: str
    name_en: str
    parent: str | None
    level: int
    in_force_from: date | None
    in_force_to: date | None

    def in_force_on(self, day: date) -> bool:
        """Whether the agency exists on the day (both ends count)."""
        begun = self.in_force_from is None or self.in_force_from <= day
        return begun and (self.in_force_to is None or day <= self.in_force_to)


_COLUMNS = (
    "code", "name", "short_name", "name_en", "parent", "level", "in_force_from", "in_force_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit of an agency (its code)."""

    code: str
    agency: str
    name: str
    name_en: str


class AgencyUnknown(NotVisible):
    """There is no agency of that code or name."""


def agency(code: str) -> AgencyView:
    """The agency of that code. Raises AgencyUnknown."""
    row = Agency.objects.filter(code=code).first()
    if row is None:
        raise AgencyUnknown(
            "people.agency_unknown", _("沒有代碼為「%(code)s」的機關。") % {"code": code}, "agency"
        )
    return _agency_view(row)


def agency_named(name: str) -> AgencyView:
    """The agency of that code, name or short name. Raises AgencyUnknown."""
    found = [
        row for row in Agency.objects.all() if name in {row.code, row.name, row.short_name}
    ] or list(Agency.objects.filter(name__endswith=name))
    if len(found) != 1:
        raise AgencyUnknown(
            "people.agency_unknown", _("沒有叫做「%(name)s」的機關。") % {"name": name}, "agency"
        )
    return _agency_view(found[0])


def agencies(*, on: date | None = None) -> list[AgencyView]:
    """All agencies by code; with ``on`` only those in force that day."""
    views = [AgencyView(*row) for row in Agency.objects.values_list(*_COLUMNS)]
    return views if on is None else [view for view in views if view.in_force_on(on)]


def agencies_below(code: str) -> frozenset[str]:
    """Codes of the agency and all agencies under it."""
    return below(code, agency_parents())


def units_of(agency: str) -> list[UnitView]:
    """The units of one agency (its code), by code."""
    return [_unit_view(row) for row in Unit.objects.filter(agency_id=agency)]


def units() -> list[UnitView]:
    """All units of all agencies, by code."""
    return [_unit_view(row) for row in Unit.objects.all()]


def _agency_view(row: Agency) -> AgencyView:
    return AgencyView(
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        name_en=row.name_en,
        parent=row.parent_id,
        level=row.level,
        in_force_from=row.in_force_from,
        in_force_to=row.in_force_to,
    )


def _unit_view(row: Unit) -> UnitView:
    return UnitView(code=row.code, agency=row.agency_id, name=row.name, name_en=row.name_en)
