"""A number as it is cited: by which version, closed or live, and what was said of it before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base import registry
from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.kernel.figures import queries
from yankao.kernel.figures.declarations import ClosingsTold, Derived, Figure, codes_of
from yankao.kernel.figures.models import StoredValue
from yankao.kernel.figures.queries import Filters
from yankao.kernel.figures.questions import address, last_within
from yankao.kernel.figures.rules import Grain, Period
from yankao.kernel.figures.values import Closed, Value, said_value


class VersionUnknown(NotVisible):
    """The number was never said by that version of its definition."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said once: at the closing (``revision`` 0), or at a restatement, with its reason."""

    revision: int
    version: int
    value: Value
    at: datetime
    reason: str

    @property
    def checksum(self) -> str:
        return self.value.closed.checksum if self.value.closed else ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A number by one version; ``said`` oldest first, in every version, empty when live."""

    version: int
    value: Value
    unit: str
    definition: str
    said: Sequence[Said]
    is_current: bool

    @property
    def former(self) -> list[Said]:
        """What was said before this."""
        revision = self.value.closed.revision if self.value.closed else 0
        return [one for one in self.said if one.revision < revision]


def version_of(figure: Figure, value: Value) -> int:
    """The version a number was said by; a live or derived one is counted by the program's."""
    if value.closed is None or isinstance(figure.measure, Derived):
        return figure.version
    return value.closed.version


def said_of(
    figure: Figure, period: Period, value: Value, filters: Filters, *, sees_small: bool
) -> list[Said]:
    """What was said of a number of closed months, oldest first; two queries or none.

    None of a small cell to the public: two revisions could be subtracted from each other.
    """
    chosen = {dimension: codes_of(codes) for dimension, codes in filters.items()}
    hides = not sees_small and queries.guarded(figure, [(period, period.bounds)], chosen)
    if value.closed is None or hides:
        return []
    rows = queries.revisions_of(figure, period, chosen)
    reasons = _reasons(period) if len(rows) > 1 else {}
    return [_said(row, reasons) for row in rows]


def _said(row: StoredValue, reasons: Mapping[datetime, str]) -> Said:
    version, details = row.definition.version, row.definition.details
    value = said_value(
        details["kind"], details["places"], (row.records, row.value, row.numerator,
        row.denominator), Closed(version, row.revision, row.checksum, is_stored=True),
    )  # fmt: skip
    return Said(row.revision, version, value, row.stored_at, reasons.get(row.stored_at, ""))


def _reasons(period: Period) -> dict[datetime, str]:
    """When something of the period was restated → why."""
    return {
        one.at: one.reason
        for offer in registry.offers(ClosingsTold)
        for one in offer.restated_between(period.start, period.until)
    }


def cited(
    figure: Figure,
    period: Period,
    version: int,
    *,
    as_of: datetime,
    filters: Filters,
    sees_small: bool,
) -> Cited:
    """The number by that version: as it is said now, or as that version said it last.

    Raises VersionUnknown, and QuestionInvalid like ``queries.value_of``.
    """
    value = queries.value_of(figure, period, as_of=as_of, filters=filters, sees_small=sees_small)
    said = said_of(figure, period, value, filters, sees_small=sees_small)
    present = version_of(figure, value)
    of_version = [one.value for one in said if one.version == version]
    if version != present and not of_version:
        raise _unknown(figure, version, {present, *(one.version for one in said)})
    chosen = value if version == present else of_version[-1]
    unit, words = _defined(figure, version)
    return Cited(version, chosen, unit, words, said, is_current=version == present)


def _unknown(figure: Figure, version: int, versions: set[int]) -> VersionUnknown:
    message = _("「%(title)s」這段期間沒有第 %(version)s 版的數字，有的版本：%(versions)s。")
    told = {
        "title": figure.title,
        "version": version,
        "versions": "、".join(map(str, sorted(versions))),
    }
    return VersionUnknown("figures.version_unknown", message % told)


def _defined(figure: Figure, version: int) -> tuple[str, str]:
    """Unit and words of a version."""
    if version != figure.version:
        for noted in reversed(queries.definitions_of(figure)):
            if noted.version == version:
                return str(noted.details["unit"]), noted.words
    return str(figure.unit), str(figure.definition)


def number_path(figure: Figure, period: Period, version: int, filters: Filters) -> str:
    """The path that stays: figure, version, period and dimensions."""
    base = f"{reverse('api-1:list_figures')}{figure.name}/v{version}/{period.code}"
    return address(base, _codes(filters))


def page_path(figure: Figure, period: Period, filters: Filters) -> str:
    """The figure's page showing the number; "" when the page cannot (several codes together)."""
    chosen = _codes(filters)
    if any(len(codes) > 1 for codes in chosen.values()):
        return ""
    base = reverse("kernel_figures:figure", args=[figure.name])
    return address(base, chosen, period=period.code)


def _codes(filters: Filters) -> dict[str, tuple[str, ...]]:
    return {dimension: codes_of(codes) for dimension, codes in filters.items()}


def closing_address(actor: Actor, period: Period) -> str:
    """Where the closing of the period's last month is shown to the actor; "" = not to them."""
    month = last_within(period, Grain.MONTH)
    found = (offer.closing_address(actor, month.start) for offer in registry.offers(ClosingsTold))
    return next(filter(None, found), "")


def said_members(said: Sequence[Said]) -> list[dict[str, Any]]:
    """What was said, as rows for JSON."""
    return [
        {
            "revision": one.revision,
            "version": one.version,
            "value": one.value.value,
            "records": one.value.records,
            "checksum": one.checksum,
            "said_at": one.at,
            "reason": one.reason,
        }
        for one in said
    ]
