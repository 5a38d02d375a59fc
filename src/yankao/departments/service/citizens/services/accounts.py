"""Numbers kept for an account, its end, and what is swept."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.departments.service.citizens import queries
from yankao.departments.service.citizens.models import Citizen, KeptCase, Session, SignIn
from yankao.departments.service.citizens.services import common
from yankao.departments.service.citizens.workflow import CODE, KIND
from yankao.kernel.casework import lookups
from yankao.kernel.notices import services as notices
from yankao.kernel.trail import services as trail

KEEP_CODES = timedelta(days=1)


class CaseUnknown(Invalid):
    """Number and check code do not belong together."""


class ListFull(Invalid):
    """Nobody follows so many cases."""


def keep_reported(*, citizen: Citizen, number: str, at: datetime) -> None:
    """The citizen reported it while signed in."""
    _keep(citizen, number, is_reported=True, at=at)


def add_case(*, citizen: Citizen, number: str, code: str, at: datetime) -> None:
    """Put a case into the list by its number and check code. Raises CaseUnknown, ListFull."""
    number = number.strip().upper()
    if lookups.address_by_code(number, code) is None:
        message = _("案號與查詢碼不符。請對照簡訊或收件畫面，再輸入一次。")
        raise CaseUnknown("citizens.case_unknown", message, "code")
    _keep(citizen, number, is_reported=False, at=at)


def remove_case(*, citizen: Citizen, number: str, at: datetime) -> bool:
    """Take an added number out of the list; whether it was there."""
    with transaction.atomic():
        count, _by_model = KeptCase.objects.filter(citizen=citizen, number=number).delete()
        if count:
            common.record("case_removed", citizen, at, new={"number": number})
    return bool(count)


def copy_account(*, citizen: Citizen, at: datetime) -> dict[str, Any]:
    """Everything the account holds, for its owner."""
    with transaction.atomic():
        common.record("copied", citizen, at)
    return queries.account_copy(citizen, at=at)


def delete_account(*, citizen: Citizen, at: datetime) -> None:
    """The account goes with all only it holds; cases stay (個人資料保護法 §11 III)."""
    actor, reason = queries.actor_of(citizen), _("本人刪除")
    with transaction.atomic():
        common.record("deleted", citizen, at)
        for one in codes_of(citizen.email):
            notices.forget_addresses(subject=one, reason=reason, actor=actor, at=at)
        account = Subject(KIND, citizen.pk)
        erase_rows(citizen_id=citizen.pk)
        trail.erase_personal(subject=account, actor=actor, at=at, reason=reason)


def codes_of(email: str) -> list[Subject]:
    """Codes sent to the address that are still kept, and whose letters name it."""
    rows = SignIn.objects.filter(email=email).order_by("pk")
    return [Subject(CODE, pk) for pk in rows.values_list("pk", flat=True)]


def erase_rows(*, citizen_id: int) -> None:
    """The account's own rows, in the current transaction."""
    citizen = Citizen.objects.filter(pk=citizen_id).first()
    if citizen is not None:
        SignIn.objects.filter(email=citizen.email).delete()
        citizen.delete()


def sweep(*, actor: Actor, at: datetime) -> int:
    """Sessions that are over, and codes of yesterday with the letters that told them; how many."""
    with transaction.atomic():
        over, _by_model = Session.objects.filter(until_at__lte=at).delete()
        old = SignIn.objects.filter(until_at__lt=at - KEEP_CODES)
        for row in old:
            notices.forget_addresses(
                subject=Subject(CODE, row.pk), reason=_("驗證碼已經失效"), actor=actor, at=at
            )
        codes, _by_model = old.delete()
    return over + codes


def _keep(citizen: Citizen, number: str, *, is_reported: bool, at: datetime) -> None:
    with transaction.atomic():
        Citizen.objects.select_for_update().get(pk=citizen.pk)
        if citizen.kept.count() >= queries.MOST_CASES:
            message = _("清單裡最多 %(most)s 件，請先移除不用的。") % {"most": queries.MOST_CASES}
            raise ListFull("citizens.list_full", message, "number")
        row, is_new = KeptCase.objects.get_or_create(
            citizen=citizen, number=number, defaults={"is_reported": is_reported, "at": at}
        )
        if is_reported and not row.is_reported:
            row.is_reported = True
            row.save(update_fields=["is_reported"])
        if is_new:
            new = {"number": number, "reported": is_reported}
            common.record("case_added", citizen, at, new=new)
