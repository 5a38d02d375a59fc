"""Deputies (代理人): appoint, end, start acting. Acting is checked anew at each request."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, NotVisible, Refused
from yankao.base.formats import roc_datetime
from yankao.kernel.people import queries
from yankao.kernel.people.models import Deputy, Person
from yankao.kernel.people.queries import actor_for, person_subject
from yankao.kernel.people.queries.actors import in_force_at
from yankao.kernel.people.rules import earlier
from yankao.kernel.people.services.persons import locked_person, require_reason
from yankao.kernel.people.services.telling import tell
from yankao.kernel.trail import services as trail

LONGEST = timedelta(days=366)
"""示範值: a deputation is for a time; a lasting change is a role."""


class DeputyForbidden(Forbidden):
    """Only the principal, a superior of its agency or an administrator arranges deputies."""


class DeputyWrong(Invalid):
    """The deputy or the period cannot be."""


class DeputyOverlaps(Refused):
    """That deputy has been appointed for part of that time already."""


class DeputyUnknown(NotVisible):
    """There is no such deputation that the actor may arrange."""


class DeputyOver(Refused):
    """The deputation has ended already."""


class NotDeputy(Forbidden):
    """No deputation of that principal is in force for the actor."""


def appoint_deputy(
    *,
    principal_id: int,
    deputy_id: int,
    from_at: datetime,
    until_at: datetime,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Deputy:
    """Let the deputy act for the principal in [from_at, until_at).

    Raises PersonUnknown, DeputyForbidden, ReasonMissing, DeputyWrong, DeputyOverlaps.
    """
    with transaction.atomic():
        principal = locked_person(principal_id)
        _permit(_may_arrange(actor, principal, at))
        _permit(not _appoints_oneself(actor, principal_id, deputy_id))
        require_reason(reason)
        _check_deputy(principal, deputy_id)
        _check_period(from_at, until_at, at)
        _refuse_overlap(principal_id, deputy_id, from_at, until_at)
        row = Deputy.objects.create(
            principal=principal,
            deputy_id=deputy_id,
            from_at=from_at,
            until_at=until_at,
            reason=reason.strip(),
        )
        entry = trail.record(
            actor=actor,
            action="kernel.people.deputy_appointed",
            subject=person_subject(principal_id),
            at=at,
            new={
                "deputy": f"person:{deputy_id}",
                "from_at": from_at.isoformat(),
                "until_at": until_at.isoformat(),
            },
            reason=row.reason,
            agency=principal.agency_id,
        )
        _tell_both(row, "people.deputy", entry, at)
    return row


def end_deputy(*, deputation_id: int, actor: Actor, at: datetime, reason: str = "") -> None:
    """End a deputation at this instant; one not begun yet never begins.

    The deputy may also lay it down. Raises DeputyUnknown, DeputyOver.
    """
    with transaction.atomic():
        rows = Deputy.objects.select_for_update(of=("self",)).select_related("principal")
        row = rows.filter(pk=deputation_id).first()
        if row is None or not _may_end(actor, row, at):
            raise DeputyUnknown("people.deputy_unknown", _("找不到這筆代理，或您無權結束它。"))
        if (earlier(row.until_at, row.revoked_at) or row.until_at) <= at:
            raise DeputyOver("people.deputy_over", _("這筆代理已經結束，不必再結束一次。"))
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        entry = trail.record(
            actor=actor,
            action="kernel.people.deputy_ended",
            subject=person_subject(row.principal_id),
            at=at,
            old={"until_at": row.until_at.isoformat()},
            new={"deputy": f"person:{row.deputy_id}", "until_at": at.isoformat()},
            reason=reason,
            agency=row.principal.agency_id,
        )
        _tell_both(row, "people.deputy_ended", entry, at)


def start_acting(*, principal_id: int, actor: Actor, at: datetime) -> Actor:
    """The actor standing in for the principal from now on; the trail names both.

    Raises NotDeputy when no deputation is in force.
    """
    deputations = Deputy.objects.filter(
        in_force_at(at), principal_id=principal_id, deputy_id=actor.person_id or 0
    )
    row = deputations.select_related("deputy").first()
    acting = actor_for(row.deputy, at, principal_id) if row else None
    if acting is None or acting.principal_key is None:
        raise NotDeputy("people.not_deputy", _("您目前不是這位同仁的代理人，或代理期間已過。"))
    trail.record(
        actor=acting,
        action="kernel.people.acting_started",
        subject=person_subject(principal_id),
        at=at,
    )
    return acting


def _tell_both(row: Deputy, template: str, entry: int, at: datetime) -> None:
    """The deputy hears of it, and the principal of an appointment in words of its own."""
    context = {
        "principal": row.principal.name,
        "deputy": row.deputy.name,
        "from": roc_datetime(row.from_at),
        "until": roc_datetime(row.until_at),
        "reason": row.reason,
    }
    of_principal = {"people.deputy": "people.deputy_arranged"}.get(template, template)
    tell(person_id=row.deputy_id, template=template, entry=entry, at=at, **context)
    tell(person_id=row.principal_id, template=of_principal, entry=entry, at=at, **context)


def _permit(allowed: bool) -> None:
    if not allowed:
        raise DeputyForbidden(
            "people.may_not_arrange_deputies",
            _(
                "只有本人、機關首長或帳號管理人可以安排代理人；首長不能替權限超出所屬機關的同仁安排，也不能指定自己代理他人；代理他人時不能再轉代理。"
            ),
        )


def _appoints_oneself(actor: Actor, principal_id: int, deputy_id: int) -> bool:
    """Nobody takes another's authority for themselves."""
    return actor.person_id == deputy_id and actor.person_id != principal_id


def _may_arrange(actor: Actor, principal: Person, at: datetime) -> bool:
    return queries.may_arrange_deputies(actor, principal.pk, agency=principal.agency_id, at=at)


def _may_end(actor: Actor, row: Deputy, at: datetime) -> bool:
    return actor.person_id == row.deputy_id or _may_arrange(actor, row.principal, at)


def _check_deputy(principal: Person, deputy_id: int) -> None:
    """The deputy is one of ``queries.deputy_candidates``."""
    if principal.pk == deputy_id:
        raise DeputyWrong("people.deputy_oneself", _("代理人不能是本人。"), "deputy")
    deputy = locked_person(deputy_id)
    is_colleague = deputy.agency_id is not None and deputy.agency_id == principal.agency_id
    if not (deputy.is_active and is_colleague):
        raise DeputyWrong(
            "people.deputy_unfit",
            _("代理人須是被代理人同機關、帳號使用中的同仁，請選別人。"),
            "deputy",
        )


def _check_period(from_at: datetime, until_at: datetime, at: datetime) -> None:
    if until_at <= from_at:
        raise DeputyWrong("people.deputy_period", _("結束時間須晚於開始時間。"), "until_at")
    if until_at <= at:
        raise DeputyWrong("people.deputy_past", _("代理期間已經過去，請重新填寫。"), "until_at")
    if until_at - from_at > LONGEST:
        raise DeputyWrong(
            "people.deputy_too_long", _("代理期間最長一年；長期異動請改為指派角色。"), "until_at"
        )


def _refuse_overlap(
    principal_id: int, deputy_id: int, from_at: datetime, until_at: datetime
) -> None:
    """The principal is locked, so two appointments at once see each other."""
    overlapping = Deputy.objects.filter(
        principal_id=principal_id,
        deputy_id=deputy_id,
        revoked_at=None,
        from_at__lt=until_at,
        until_at__gt=from_at,
    )
    if overlapping.exists():
        raise DeputyOverlaps(
            "people.deputy_overlaps",
            _("這位同仁在這段期間已是代理人，請改期間或先結束原代理。"),
            "deputy",
        )
