"""Changing the calendar: declaring and revoking stop-work, loading the pack's dated rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.events import announce
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.kernel.calendar import events, permissions, queries, rules
from yankao.kernel.calendar.models import DayException, StopWork, TermRule
from yankao.kernel.calendar.rules import Term, Unit
from yankao.kernel.places import queries as places
from yankao.kernel.trail import services as trail

SUBJECT = "kernel.calendar.stop_work"
CITATION = "天然災害停止上班及上課作業辦法"
FURTHEST_AHEAD = timedelta(days=60)
FURTHEST_BACK = timedelta(days=366)


class MayNotDeclare(Forbidden):
    """Only the commission declares stop-work."""


class DistrictUnknown(Invalid):
    """A code names no district of the city."""


class DayImplausible(Invalid):
    """The day is too far away; probably mistyped."""


class AlreadyStopped(Refused):
    """Every district named is closed on that day already."""


class AlreadyRevoked(Refused):
    """Somebody revoked the declaration before."""


class ReasonMissing(Invalid):
    """A declaration or revocation needs its reason."""


class PackMalformed(Invalid):
    """A row of the pack cannot be read or contradicts another."""


def declare_stop_work(
    *,
    on: date,
    districts: Sequence[str],
    reason: str,
    citation: str = CITATION,
    actor: Actor,
    at: datetime,
) -> queries.StopWorkView:
    """Close offices for the whole day ``on``; no districts = the whole city.

    May be declared before the day or afterwards (up to a year back, 60 days ahead). Announces
    ``kernel.calendar.stop_work_changed``, on which due days are counted again.
    Raises MayNotDeclare, ReasonMissing, DayImplausible, DistrictUnknown, AlreadyStopped.
    """
    with transaction.atomic():
        _lock_day(on)
        _permit(actor)
        _check_declaration(on=on, districts=districts, reason=reason, at=at)
        row = StopWork.objects.create(
            on=on,
            reason=reason.strip(),
            citation=citation.strip() or CITATION,
            declared_at=at,
            declared_by=actor.key,
            declared_by_name=actor.name,
        )
        row.districts.set(districts)  # type: ignore[arg-type]  # keys are codes, not int
        new = {"on": on.isoformat(), "districts": sorted(districts), "reason": row.reason}
        _write_trail("declared", row, actor=actor, at=at, new=new, reason=row.reason)
        _announce(on, districts)
    return queries.stop_work(row.pk)


def revoke_stop_work(
    *, stop_work_id: int, reason: str, actor: Actor, at: datetime
) -> queries.StopWorkView:
    """Take a declaration back; the day counts again and due days are counted again.

    Raises MayNotDeclare, StopWorkUnknown, AlreadyRevoked, ReasonMissing.
    """
    with transaction.atomic():
        row = StopWork.objects.select_for_update().filter(pk=stop_work_id).first()
        _permit(actor)
        if row is None:
            raise queries.StopWorkUnknown("calendar.stop_work_unknown", _("沒有這一筆停班紀錄。"))
        if row.revoked_at is not None:
            raise AlreadyRevoked("calendar.already_revoked", _("這一筆停班已經撤銷，不必再撤銷。"))
        _check_reason(reason)
        row.revoked_at, row.revoked_by, row.revoked_by_name = at, actor.key, actor.name
        row.revoke_reason = reason.strip()
        row.save(update_fields=["revoked_at", "revoked_by", "revoked_by_name", "revoke_reason"])
        _write_trail(
            "revoked", row, actor=actor, at=at, new={"revoked": True}, reason=row.revoke_reason
        )
        _announce(row.on, [district.pk for district in row.districts.all()])
    return queries.stop_work(row.pk)


def _permit(actor: Actor) -> None:
    if not permissions.may_declare(actor):
        raise MayNotDeclare("calendar.may_not_declare", _("只有研考會可以登錄或撤銷停班。"))


def _lock_day(on: date) -> None:
    """Two declarations for one day wait for each other (until the transaction ends)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('kernel.calendar.stop_work'), %s)",
            [on.toordinal()],
        )


def _check_declaration(*, on: date, districts: Sequence[str], reason: str, at: datetime) -> None:
    _check_reason(reason)
    today = rules.day_in_taipei(at)
    if not today - FURTHEST_BACK <= on <= today + FURTHEST_AHEAD:
        message = _("停班日期須在一年前到六十日後之間，請檢查日期。")
        raise DayImplausible("calendar.day_implausible", message, "on")
    _check_districts(districts)
    days = queries.Calendar()
    asked: Sequence[str | None] = districts or [None]
    if all(days.days_for(one)(on).kind == rules.DayKind.STOP_WORK for one in asked):
        message = _("這一天在所選的行政區已經停班，不必再登錄。")
        raise AlreadyStopped("calendar.already_stopped", message, "on")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("calendar.reason_missing", _("請寫明原因，例如颱風名稱。"), "reason")


def _check_districts(codes: Iterable[str]) -> None:
    unknown = set(codes) - {district.code for district in places.districts()}
    if unknown:
        message = _("沒有代碼為「%(code)s」的行政區。") % {"code": "、".join(sorted(unknown))}
        raise DistrictUnknown("calendar.district_unknown", message, "districts")


def _announce(on: date, districts: Iterable[str]) -> None:
    announce(events.STOP_WORK_CHANGED, on=on.isoformat(), districts=sorted(districts))


def _write_trail(
    verb: str, row: StopWork, *, actor: Actor, at: datetime, new: Mapping[str, object], reason: str
) -> None:
    trail.record(
        actor=actor,
        action=f"{SUBJECT}_{verb}",
        subject=Subject(SUBJECT, row.pk),
        at=at,
        new=new,
        reason=reason,
    )


def load_terms(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store the pack's terms.csv by key and first day in force; again = nothing new.

    Raises PackMalformed for a row that cannot be read, or two rules of a key in force on one day.
    """
    terms = [_term_of(row) for row in rows]
    pairs = rules.overlapping_terms(terms)
    if pairs:
        message = _("期限規則「%(key)s」有兩筆同時生效。") % {"key": pairs[0][0].key}
        raise PackMalformed("calendar.terms_overlap", message)
    with transaction.atomic():
        TermRule.objects.bulk_create(
            [_term_row(term, row) for term, row in zip(terms, rows, strict=True)],
            update_conflicts=True,
            unique_fields=["key", "in_force_from"],
            update_fields=[
                "title", "title_en", "unit", "amount", "citation", "certainty", "in_force_to",
            ],
        )  # fmt: skip
    return len(rows)


def _term_of(row: Row) -> Term:
    try:
        return Term(
            key=row["key"],
            title=row["title"],
            unit=Unit(row["unit"]),
            amount=int(row["amount"]),
            citation=row["citation"],
            certainty=row["certainty"],
            in_force_from=date.fromisoformat(row["in_force_from"]),
            in_force_to=_day_or_none(row["in_force_to"]),
        )
    except (KeyError, ValueError) as error:
        raise _malformed("terms.csv", row, error) from error


def _term_row(term: Term, row: Row) -> TermRule:
    return TermRule(
        key=term.key,
        title=term.title,
        title_en=row.get("title_en", ""),
        unit=term.unit,
        amount=term.amount,
        citation=term.citation,
        certainty=term.certainty,
        in_force_from=term.in_force_from,
        in_force_to=term.in_force_to,
    )


def _day_or_none(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _malformed(table: str, row: Row, error: Exception) -> PackMalformed:
    message = _("%(table)s 有一列讀不懂：%(row)s（%(error)s）。") % {
        "table": table,
        "row": ",".join(str(cell) for cell in row.values()),
        "error": error,
    }
    return PackMalformed("calendar.pack_malformed", message)


def load_day_exceptions(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store the pack's day_exceptions.csv by day and name; announces the days that changed.

    Raises PackMalformed, DistrictUnknown.
    """
    with transaction.atomic():
        for row in rows:
            _store_exception(row)
    return len(rows)


def _store_exception(row: Row) -> None:
    try:
        on, works = date.fromisoformat(row["on"]), {"yes": True, "no": False}[row["works"]]
        districts = row["districts"].split()
        fields = {"works": works, "citation": row["citation"], "certainty": row["certainty"]}
        name = row["name"]
    except (KeyError, ValueError) as error:
        raise _malformed("day_exceptions.csv", row, error) from error
    _check_districts(districts)
    before = DayException.objects.filter(on=on, name=name).prefetch_related("districts").first()
    known = before and (before.works, {d.pk for d in before.districts.all()})
    stored, _created = DayException.objects.update_or_create(on=on, name=name, defaults=fields)
    stored.districts.set(districts)  # type: ignore[arg-type]  # keys are codes, not int
    if known != (works, set(districts)):
        _announce(on, districts)
