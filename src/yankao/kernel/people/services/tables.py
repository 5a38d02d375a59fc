"""Loading the city's agencies and units from its pack."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Model

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.kernel.people.models import Agency, Unit
from yankao.kernel.people.rules import below
from yankao.kernel.trail import services as trail

Row = Mapping[str, str]
AGENCIES = Subject("kernel.people.agencies", 0)
UNITS = Subject("kernel.people.units", 0)


class TableRefused(Invalid):
    """A row of the pack is incomplete or contradicts another."""


def load_agencies(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store the agencies (code,name,short_name,name_en,parent,level,in_force_from,in_force_to).

    Agencies are updated by code and never removed: one that ended has a last day. Level is
    counted from the tree where the column is empty. Returns the number of rows.
    Raises TableRefused naming the line.
    """
    agencies = [_agency(row, line) for line, row in enumerate(rows, start=2)]
    parents = _checked_tree(agencies)
    for agency, row in zip(agencies, rows, strict=True):
        agency.level = int(_text(row, "level") or _depth(agency.code, parents))
    fields = ["name", "short_name", "name_en", "parent_id", "level", "in_force_from", "in_force_to"]
    _store(Agency, agencies, fields, subject=AGENCIES, actor=actor, at=at)
    return len(rows)


def load_units(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store the units (code,agency,name,name_en), updated by code and never removed.

    Returns the number of rows. Raises TableRefused naming the line.
    """
    known = set(Agency.objects.values_list("code", flat=True))
    units = [_unit(row, line, known) for line, row in enumerate(rows, start=2)]
    _store(Unit, units, ["agency_id", "name", "name_en"], subject=UNITS, actor=actor, at=at)
    return len(rows)


def _store(
    model: type[Agency] | type[Unit],
    wanted: Iterable[Model],
    fields: list[str],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> None:
    kept = {row.pk: row for row in model._default_manager.all()}
    changed = [row for row in wanted if _differs(kept.get(row.pk), row, fields)]
    if not changed:
        return
    with transaction.atomic():
        model._default_manager.bulk_create(
            changed,  # type: ignore[arg-type]  # they are rows of that very model
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=[field.removesuffix("_id") for field in fields],
        )
        trail.record(
            actor=actor,
            action="kernel.people.table_loaded",
            subject=subject,
            at=at,
            new={"rows": [row.pk for row in changed]},
        )


def _differs(kept: Model | None, wanted: Model, fields: list[str]) -> bool:
    return kept is None or any(getattr(kept, f) != getattr(wanted, f) for f in fields)


def _agency(row: Row, line: int) -> Agency:
    name = _required(row, "name", line)
    return Agency(
        code=_required(row, "code", line),
        name=name,
        short_name=_text(row, "short_name") or name[:40],
        name_en=_text(row, "name_en"),
        parent_id=_text(row, "parent") or None,
        in_force_from=_day(row, "in_force_from", line),
        in_force_to=_day(row, "in_force_to", line),
    )


def _unit(row: Row, line: int, known: set[str]) -> Unit:
    agency = _required(row, "agency", line)
    if agency not in known:
        raise _refused(line, f"沒有代碼為「{agency}」的機關")
    return Unit(
        code=_required(row, "code", line),
        agency_id=agency,
        name=_required(row, "name", line),
        name_en=_text(row, "name_en"),
    )


def _checked_tree(agencies: list[Agency]) -> dict[str, str | None]:
    """Code → code above. Every parent is known and nobody is above itself."""
    parents: dict[str, str | None] = dict(Agency.objects.values_list("code", "parent_id"))
    parents |= {agency.code: agency.parent_id for agency in agencies}
    for line, agency in enumerate(agencies, start=2):
        if agency.parent_id and agency.parent_id not in parents:
            raise _refused(line, f"上級機關「{agency.parent_id}」不存在")
        if agency.parent_id and agency.parent_id in below(agency.code, parents):
            raise _refused(line, f"「{agency.code}」成了自己的上級機關")
    return parents


def _depth(code: str, parents: Mapping[str, str | None]) -> int:
    parent = parents.get(code)
    return 1 if parent is None else 1 + _depth(parent, parents)


def _text(row: Row, column: str) -> str:
    return (row.get(column) or "").strip()


def _required(row: Row, column: str, line: int) -> str:
    text = _text(row, column)
    if not text:
        raise _refused(line, f"缺少「{column}」")
    return text


def _day(row: Row, column: str, line: int) -> date | None:
    text = _text(row, column)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _refused(line, f"「{column}」不是日期：{text}") from None


def _refused(line: int, reason: str) -> TableRefused:
    return TableRefused("people.table_refused", f"第 {line} 行：{reason}。請更正後重新載入。")
