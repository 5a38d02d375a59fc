"""What the petitioner adds later, by mail or on the status page: history, files, and a word to
the agency (補充). What waited for it goes on, its clock from the day after; who handles the case
decides whether that was all, and may ask again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import ANONYMOUS, Actor, system_actor
from yankao.base.errors import Invalid, Refused, TooMany
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import queries
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.services import common, moving, turns
from yankao.departments.service.petitions.workflow import ENDED, KIND, State
from yankao.kernel.files import services as files
from yankao.kernel.trail import services as trail

SUPPLEMENT = "supplement"
LONGEST_ENTRY = 1_900
A_DAY = 10
PORTAL = system_actor("status-page")


class NothingAdded(Invalid):
    """Neither words nor files."""


class TooManySupplements(TooMany):
    """The day's share of one petition is used up."""


class EndedAlready(Refused):
    """A petition that has ended takes nothing more; it can be opened again."""


def supplement_petition(
    *, token: str, words: str, attached: Sequence[files.Kept], at: datetime
) -> Petition:
    """Whoever holds the look-up link adds words and files.

    Raises queries.LookupEnded, EndedAlready, NothingAdded, TooManySupplements.
    """
    number = queries.status_by_token(token).number
    if not words.strip() and not attached:
        raise NothingAdded(
            "petitions.nothing_added", _("請寫下要補充的說明，或加上檔案。"), "words"
        )
    with transaction.atomic():
        case = _locked(Petition.objects.get(number=number).pk)
        if case.state in ENDED:
            raise EndedAlready(
                "petitions.ended_already", _("這件陳情已經結案，要再反映請撥 1999，我們可以重啟。")
            )
        _check_share(case, at)
        personal = {"text": words.strip(), "by": "look-up link"}
        return _added(case, words.strip(), attached, personal=personal, actor=PORTAL, at=at)


def add(
    petition_id: int,
    words: str,
    attached: Sequence[files.Kept],
    *,
    personal: trail.Values,
    actor: Actor,
    at: datetime,
) -> Petition:
    """Put it into the history, keep the files and tell the agency; ``actor`` is who carried it."""
    with transaction.atomic():
        case = _locked(petition_id)
        return _added(case, words, attached, personal=personal, actor=actor, at=at)


def _added(
    case: Petition,
    words: str,
    attached: Sequence[files.Kept],
    *,
    personal: trail.Values,
    actor: Actor,
    at: datetime,
) -> Petition:
    text = words or str(_("（只有附件）"))
    for begin in range(0, len(text), LONGEST_ENTRY):
        piece = text[begin : begin + LONGEST_ENTRY]
        moving.DESK.write_entry(case, SUPPLEMENT, actor=ANONYMOUS, at=at, words=piece)
    common.attach(attached, Subject(KIND, case.pk), actor=ANONYMOUS, at=at)
    trail.record(
        actor=actor,
        action=f"{KIND}.{SUPPLEMENT}",
        subject=Subject(KIND, case.pk),
        at=at,
        personal=personal,
        agency=case.agency_id,
    )
    if case.state == State.WAITING:
        turns.go_on(case, "", actor=actor, at=at)
    common.tell_agency(case, "petitions.supplemented", at=at)
    return case


def _locked(petition_id: int) -> Petition:
    rows = Petition.objects.select_for_update(of=("self",)).select_related("item", "agency")
    return rows.get(pk=petition_id)


def _check_share(case: Petition, at: datetime) -> None:
    since = at - timedelta(days=1)
    if case.entries.filter(move=SUPPLEMENT, at__gt=since).count() >= A_DAY:
        message = _("這件陳情今天已經補充很多次，請明天再補充，或撥 1999。")
        raise TooManySupplements("petitions.too_many_supplements", message)
