"""Closing months, restating them, and looking what changed since. One at a time: see ``alone``."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid
from yankao.base.subjects import Subject
from yankao.kernel.closing import permissions, queries
from yankao.kernel.closing.declarations import Unfinished
from yankao.kernel.closing.models import Attempt, Closing, Restatement
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures import services as storage
from yankao.kernel.figures import storing
from yankao.kernel.figures.declarations import Fact
from yankao.kernel.figures.models import Definition
from yankao.kernel.figures.rules import Grain, Period
from yankao.kernel.figures.storing import Said
from yankao.kernel.lake import queries as lake
from yankao.kernel.lake import services as writing
from yankao.kernel.lake import stores
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import manifest_digest
from yankao.kernel.trail import services as trail

KIND = "kernel.closing"
CLOSE_JOB = "kernel.closing.close"
FIGURES_TOLD = 200
MONTHS_LOOKED_AT = 13
"""Changes are looked for every night in so many closed months: a year and one."""


class MayNotClose(Forbidden):
    """Only the commission closes and restates."""


class MonthNotOver(Invalid):
    """The month has not ended."""


class AlreadyClosed(Invalid):
    """The month is closed; corrections are restatements."""


class AlreadyAsked(Invalid):
    """The month is being closed."""


class NotSeen(Invalid):
    """Something is unfinished, and who closes did not say to have seen it."""


class NothingChanged(Invalid):
    """The records are as they were at the closing."""


class ReasonMissing(Invalid):
    """A restatement or decision without saying why."""


class MayNotDecide(Forbidden):
    """Who proposed a restatement does not decide it."""


class NotWaiting(Invalid):
    """The restatement was decided, or another one waits."""


def ask_to_close(
    *, month: Period, actor: Actor, at: datetime, note: str = "", has_seen: bool = False
) -> None:
    """Have the month closed by the worker, in the actor's name.

    ``has_seen``: the actor knows what is unfinished; it blocks nothing, but nobody closes blindly.
    Raises MayNotClose, MonthNotOver, AlreadyClosed, NotSeen, AlreadyAsked.
    """
    _check(month, actor, at)
    if not has_seen and queries.unfinished(month):
        message = _("請先看過尚未完成的事項，勾選後再結帳。")
        raise NotSeen("closing.unfinished_not_seen", message, "seen")
    _note_asked(month, actor, at)
    jobs.defer(CLOSE_JOB, month=month.code, note=note, actor_key=actor.key, actor_name=actor.name)


def _note_asked(month: Period, actor: Actor, at: datetime) -> None:
    asked = {"asked_at": at, "asked_by": actor.name}
    attempt, is_new = Attempt.objects.select_for_update().get_or_create(
        month=month.start, defaults=asked
    )
    if not is_new and attempt.is_under_way(at):
        message = _("%(name)s 已經要求結帳，正在處理，請稍候。") % {"name": attempt.asked_by}
        raise AlreadyAsked("closing.already_asked", message)
    Attempt.objects.filter(pk=attempt.pk).update(**asked, failed_at=None, failure="")


def sweep() -> None:
    """Take away files of nobody: of closings and approvals that were killed. Needs ``alone``."""
    writing.sweep(manifests=queries.manifest_keys())


def note_try(*, month: Period) -> None:
    """A try begins, so the last one's failure is past."""
    Attempt.objects.filter(month=month.start).update(failed_at=None, failure="")


def forget_attempt(*, month: Period) -> None:
    """Nothing is left of what was asked for: the month is closed."""
    Attempt.objects.filter(month=month.start).delete()


def note_failure(*, month: Period, code: str, actor: Actor, at: datetime) -> None:
    """Keep the code of why a closing came to nothing, to be told on the month's page."""
    Attempt.objects.update_or_create(
        month=month.start,
        defaults={"failed_at": at, "failure": code},
        create_defaults={
            "asked_at": at, "asked_by": actor.name, "failed_at": at, "failure": code,
        },
    )  # fmt: skip


def close_month(*, month: Period, actor: Actor, at: datetime, note: str = "") -> Closing:
    """Write every fact's month, store every figure of it, and of the longer periods it completes.

    Needs ``alone``. Whoever is killed before the commit leaves the month open and files nobody
    reads, which the next closing takes away. Raises MayNotClose, MonthNotOver, AlreadyClosed.
    """
    _check(month, actor, at)
    sweep()
    storage.note_definitions(at=at)
    unfinished = queries.unfinished(month)
    written = [
        writing.write_partition(table=table, month=storing.month_of(month), revision=0, at=at)
        for _fact, table in queries.fact_tables()
    ]
    manifest = [queries.manifest_line(partition) for partition in written]
    closing = Closing.objects.create(
        month=month.start, closed_at=at, closed_by=actor.name, closed_by_key=actor.key, note=note,
        manifest=manifest, manifest_sha256=manifest_digest(manifest),
        unfinished=[_told(one) for one in unfinished],
    )  # fmt: skip
    values = _store_values(month, at=at)
    trail.record(
        actor=actor, action="kernel.closing.closed", subject=Subject(KIND, closing.pk),
        new={"month": month.code, "sha256": closing.manifest_sha256, "values": values},
        reason=note, at=at,
    )  # fmt: skip
    _keep_manifest(month, manifest, closing.manifest_sha256)
    return closing


def _check(month: Period, actor: Actor, at: datetime) -> None:
    _check_may_close(actor)
    if month.is_open(at):
        message = _("%(month)s 還沒有過完，過完才能結帳。") % {"month": month.code}
        raise MonthNotOver("closing.month_not_over", message, "month")
    if queries.is_closed(month):
        message = _("%(month)s 已經結帳。要更正請提出結帳更正。") % {"month": month.code}
        raise AlreadyClosed("closing.already_closed", message, "month")


def _check_may_close(actor: Actor) -> None:
    if not permissions.may_close(actor):
        raise MayNotClose("closing.may_not_close", _("結帳由研考會辦理。請洽研考會承辦人。"))


def _told(one: Unfinished) -> dict[str, Any]:
    return {"title": str(one.title), "count": one.count, "agency": one.agency}


def _keep_manifest(
    month: Period, manifest: Sequence[Mapping[str, Any]], sha256: str, *, restatement: int = 0
) -> None:
    """The manifest as a file beside the partitions, so that the lake speaks for itself."""
    store = stores.store()
    told = {"month": month.code, "restatement": restatement, "facts": manifest}
    text = json.dumps(told, ensure_ascii=False, indent=1)
    with stores.scratch(store.folder) as file:
        file.write_text(text, encoding="utf-8")
        store.put(queries.manifest_key(month, sha256), file)


def _store_values(month: Period, *, at: datetime, facts: frozenset[str] | None = None) -> int:
    """Store the numbers of every period the month lies in and whose months are all closed."""
    found, count = _closed_partitions(month), 0
    definitions = _stored_definitions(facts)
    for period in storing.periods_holding(month):
        said: list[Said] = []
        for fact, asked in definitions.items():
            used = _of_period(found.get(fact, {}), period)
            mine = [
                definition for grains, definition in asked
                if used and period.grain in grains and storing.can_say(definition, used)
            ]  # fmt: skip
            said += storing.said_by(mine, period, used)
        storage.store_values(period=period, said=said, at=at)
        count += sum(len(one.cells) for one in said)
    return count


def _stored_definitions(
    facts: frozenset[str] | None,
) -> dict[str, list[tuple[tuple[Grain, ...], Definition]]]:
    """Fact → grains and definition in force of each declared figure that is stored."""
    declared = {figure.name: figure for figure in figures.figures()}
    found: dict[str, list[tuple[tuple[Grain, ...], Definition]]] = {}
    for name, definition in sorted(figures.definitions_in_force().items()):
        if name in declared and definition.sql and (facts is None or definition.fact in facts):
            of_fact = found.setdefault(definition.fact, [])
            of_fact.append((declared[name].grains, definition))
    return found


def _closed_partitions(month: Period) -> dict[str, dict[date, Partition]]:
    """Fact → month → the partition in force, of the month's whole year."""
    year = Period(Grain.YEAR, month.start.replace(month=1))
    found: dict[str, dict[date, Partition]] = {}
    for partition in lake.partitions_between(year.start, year.until):
        found.setdefault(partition.fact, {})[partition.month] = partition
    return found


def _of_period(found: Mapping[date, Partition], period: Period) -> list[Partition]:
    """The partitions of all months of a period; none when one is missing."""
    month = Period(Grain.MONTH, period.start)
    used = []
    while month.start < period.until:
        if month.start not in found:
            return []
        used.append(found[month.start])
        month = month.next
    return used


# --- what changed since --------------------------------------------------------------------------


def look_again(*, month: Period, at: datetime) -> dict[str, Any]:
    """Note what changed in the records since the closing, per fact; alters no number."""
    closing = queries.closing_of(month)
    pending = {
        fact.name: {"added": found.added, "changed": found.changed, "gone": found.gone}
        for fact, found in _differences(month)
    }
    closing.pending, closing.checked_at = pending, at
    closing.save(update_fields=["pending", "checked_at"])
    return pending


def _differences(month: Period) -> list[tuple[Fact, queries.Difference]]:
    partitions = {one.fact: one for one in lake.partitions_between(month.start, month.until)}
    differing = []
    for fact, _table in queries.fact_tables():
        if fact.name not in partitions:
            continue
        with stores.scratch(queries.lake_folder()) as fresh:
            found = queries.difference(fact, month, partitions[fact.name], fresh)
        if found is not None and found.total:
            differing.append((fact, found))
    return differing


def propose_restatement(*, month: Period, reason: str, actor: Actor, at: datetime) -> Restatement:
    """Write the month's changed facts anew, beside what is in force, for somebody else to decide.

    Needs ``alone``. Raises MayNotClose, ReasonMissing, NotWaiting, NothingChanged.
    """
    _check_may_close(actor)
    _check_reason(reason)
    closing = queries.closing_of(month)
    if closing.restatements.filter(state=Restatement.State.PROPOSED).exists():
        raise NotWaiting("closing.one_waits", _("這個月已有一個更正在等核定，請先處理它。"))
    differing = _differences(month)
    if not differing:
        raise NothingChanged("closing.nothing_changed", _("這個月的紀錄和結帳時一樣，不必更正。"))
    number = closing.restatements.count() + 1
    written = [
        writing.write_partition(
            table=storing.lake_table(fact), month=storing.month_of(month), revision=number,
            is_current=False, at=at,
        )
        for fact, _found in differing
    ]  # fmt: skip
    restatement = Restatement.objects.create(
        closing=closing, number=number, state=Restatement.State.PROPOSED, reason=reason.strip(),
        differences={
            fact.name: {"added": d.added, "changed": d.changed, "gone": d.gone}
            for fact, d in differing
        },
        figures=_changed_figures(month, written), partitions=[one.pk for one in written],
        proposed_at=at, proposed_by=actor.name, proposed_by_key=actor.key,
    )  # fmt: skip
    trail.record(
        actor=actor, action="kernel.closing.proposed", subject=Subject(KIND, closing.pk),
        new={"month": month.code, "restatement": number, "facts": restatement.differences},
        reason=reason, at=at,
    )  # fmt: skip
    return restatement


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("closing.reason_missing", _("請寫下理由。"), "reason")


def _changed_figures(month: Period, written: Sequence[Partition]) -> list[dict[str, Any]]:
    """Each number of the whole that would change: what was said, and what would be said."""
    by_fact = {one.fact: one for one in written}
    said = {
        row.figure: row
        for row in figures.stored_values(month).filter(dimension="", is_current=True)
    }
    changed = []
    for fact, asked in _stored_definitions(frozenset(by_fact)).items():
        used = [by_fact[fact]]
        mine = [d for _g, d in asked if d.figure in said and storing.can_say(d, used)]
        for fresh in storing.said_by(mine, month, used):
            name, whole = fresh.definition.figure, fresh.cells[0]
            if (whole.value, whole.records) != (said[name].value, said[name].records):
                changed.append(
                    {"figure": name, "old": _text(said[name].value), "new": _text(whole.value)}
                )
    return sorted(changed, key=lambda one: str(one["figure"]))[:FIGURES_TOLD]


def _text(value: Any) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def approve_restatement(
    *, restatement_id: int, reason: str = "", actor: Actor, at: datetime
) -> Restatement:
    """What was proposed becomes what is said; what was said stays visible as the revision before.

    Needs ``alone``. Raises NotWaiting, MayNotDecide.
    """
    found = _to_decide(restatement_id, actor)
    month = Period(Grain.MONTH, found.closing.month)
    written = lake.partitions_with(found.partitions)
    writing.put_in_force(written)
    _store_values(month, at=at, facts=frozenset(one.fact for one in written))
    closing = found.closing
    closing.pending = {k: v for k, v in closing.pending.items() if k not in found.differences}
    closing.save(update_fields=["pending"])
    decided = _decide(found, Restatement.State.APPROVED, "approved", reason, actor, at)
    manifest = queries.manifest_in_force(month)
    _keep_manifest(month, manifest, manifest_digest(manifest), restatement=found.number)
    return decided


def reject_restatement(
    *, restatement_id: int, reason: str, actor: Actor, at: datetime
) -> Restatement:
    """Everything stays as it was; the files are taken away by the next sweep.

    Raises NotWaiting, MayNotDecide, ReasonMissing.
    """
    _check_reason(reason)
    found = _to_decide(restatement_id, actor)
    writing.forget(lake.partitions_with(found.partitions))
    return _decide(found, Restatement.State.REJECTED, "rejected", reason, actor, at)


def withdraw_restatement(*, restatement_id: int, actor: Actor, at: datetime) -> Restatement:
    """Who proposed it takes it back; as if rejected.

    Raises NotWaiting, MayNotDecide.
    """
    found = _waiting(restatement_id)
    if not permissions.may_withdraw(actor, found):
        raise MayNotDecide("closing.may_not_withdraw", _("更正只有提出的人可以撤回。"))
    writing.forget(lake.partitions_with(found.partitions))
    return _decide(found, Restatement.State.WITHDRAWN, "withdrawn", "", actor, at)


def _to_decide(restatement_id: int, actor: Actor) -> Restatement:
    found = _waiting(restatement_id)
    if not permissions.may_decide(actor, found):
        raise MayNotDecide("closing.may_not_decide", _("更正要由提出人以外的研考會人員核定。"))
    return found


def _waiting(restatement_id: int) -> Restatement:
    rows = Restatement.objects.select_for_update(of=("self",)).select_related("closing")
    found = rows.filter(pk=restatement_id).first()
    if found is None or found.state != Restatement.State.PROPOSED:
        raise NotWaiting("closing.not_waiting", _("這個更正沒有在等核定，請重新整理。"))
    return found


def _decide(
    found: Restatement, state: str, word: str, reason: str, actor: Actor, at: datetime
) -> Restatement:
    found.state, found.decided_at, found.decision_reason = state, at, reason.strip()
    found.decided_by, found.decided_by_key = actor.name, actor.key
    found.save(
        update_fields=["state", "decided_at", "decision_reason", "decided_by", "decided_by_key"]
    )
    trail.record(
        actor=actor, action=f"kernel.closing.{word}", subject=Subject(KIND, found.closing_id),
        new={"restatement": found.number, "figures": found.figures}, reason=reason, at=at,
    )  # fmt: skip
    return found
