"""Asking: a share of what was closed by link, a drawn sample by phone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.local_names import local
from yankao.base.subjects import Subject
from yankao.departments.service.satisfaction import queries, rules
from yankao.departments.service.satisfaction.models import Draw, Invitation, SurveyVersion
from yankao.departments.service.satisfaction.services.surveys import locked_version
from yankao.departments.service.satisfaction.workflow import SURVEY, Asked, Channel
from yankao.kernel.forms.declarations import AskedAbout, Surveyed, surveyed
from yankao.kernel.notices import queries as mail
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.languages import in_city_language, in_english
from yankao.kernel.trail import services as trail

LOOK_BACK = timedelta(days=2)
"""Longer than the job is ever away; who was asked before is not asked again."""
MOST_DRAWN = 2_000
_AT_ONCE = 500


class SampleEmpty(Refused):
    """Nobody of that period can be called."""


def invite_closed(*, at: datetime, actor: Actor) -> int:
    """Ask by link about the share of what was closed since; returns how many were asked.

    SMS where there is a number, else e-mail; nobody who wants no messages. Run again, it asks
    nobody twice.
    """
    count = 0
    for version in SurveyVersion.objects.filter(closed_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            rows = SurveyVersion.objects.select_related("survey").select_for_update(of=("self",))
            current = rows.filter(pk=version, closed_at=None).first()
            if current is not None:
                count += _invite(current, actor, at)
    return count


def _invite(version: SurveyVersion, actor: Actor, at: datetime) -> int:
    kind = version.survey.subject_kind
    offer = surveyed().get(kind)
    if offer is None or version.share_pct == 0:
        return 0
    begin = max(at - LOOK_BACK, version.survey.versions.earliest("opened_at").opened_at)
    chosen = [
        id
        for id in offer.closed_between(begin, at)
        if rules.is_chosen(seed=kind, id=id, share_pct=version.share_pct)
    ]
    made = 0
    for ids in _batches(_not_asked(kind, chosen)):
        made += _ask_by_link(version, list(offer.asked_about(ids).values()), actor, at)
    return made


def _not_asked(kind: str, ids: Sequence[int]) -> list[int]:
    asked = set(
        Invitation.objects.filter(subject_kind=kind, subject_id__in=ids).values_list(
            "subject_id", flat=True
        )
    )
    return [id for id in ids if id not in asked]


def _ask_by_link(
    version: SurveyVersion, people: Sequence[AskedAbout], actor: Actor, at: datetime
) -> int:
    by_phone = [one for one in people if one.phone]
    by_mail = [one for one in people if one.email and not one.phone]
    made = 0
    for channel, asked in ((Channel.SMS, by_phone), (Channel.EMAIL, by_mail)):
        addresses = {one.id: one.phone or one.email for one in asked}
        stopped = mail.unwanted(channel, addresses.values())
        willing = [one for one in asked if addresses[one.id] not in stopped]
        invitations = _store(version, willing, channel, actor, at)
        _send(channel, willing, invitations, at)
        made += len(invitations)
    return made


def _send(
    channel: Channel,
    people: Sequence[AskedAbout],
    invitations: Sequence[Invitation],
    at: datetime,
) -> None:
    if not invitations:
        return
    messages = [
        notices.Message(
            to=notices.Recipient(phone=one.phone, email=one.email, name=one.name),
            context=in_city_language(partial(_letter_words, one, invitation)),
            english=in_english(one.language, partial(_letter_words, one, invitation)),
            subject=Subject(invitation.subject_kind, one.id),
            once=f"satisfaction:{invitation.uuid}",
            payer=one.agency,
        )
        for one, invitation in zip(people, invitations, strict=True)
    ]
    notices.send_many(template="satisfaction.ask", channel=channel, messages=messages, at=at)


def _letter_words(one: AskedAbout, invitation: Invitation) -> Mapping[str, object]:
    return {
        "city": local(settings.CITY["name"]),
        "number": one.number,
        "link": queries.answer_link(invitation.uuid),
        "days": queries.link_days(),
    }


def draw_sample(
    *,
    survey: str,
    since: date,
    until: date,
    size: int,
    seed: str,
    agency: str,
    actor: Actor,
    at: datetime,
) -> Draw:
    """Draw who is called about what was closed on the days named (both count).

    Seed, population and wishes are kept, so the same draw can be made again from the same records.
    The population is whoever left a number and was not asked before. Raises SurveyUnknown,
    SampleEmpty.
    """
    with transaction.atomic():
        version = locked_version(survey, actor)
        people = _population(version, since, until, agency)
        ids = rules.drawn(people, size=min(size, MOST_DRAWN), seed=seed)
        if not ids:
            message = _("這段期間沒有可以打電話詢問的結案。請換一段期間或機關。")
            raise SampleEmpty("satisfaction.sample_empty", message, "since")
        draw = Draw.objects.create(
            version=version,
            since=since,
            until=until,
            agency_id=agency or None,
            seed=seed,
            wanted=size,
            population=len(people),
            size=len(ids),
            drawn_at=at,
            drawn_by_name=actor.name,
        )
        _store(version, [people[id] for id in ids], Channel.PHONE, actor, at, draw)
    return draw


def _population(
    version: SurveyVersion, since: date, until: date, agency: str
) -> Mapping[int, AskedAbout]:
    kind = version.survey.subject_kind
    offer = surveyed().get(kind)
    if offer is None:
        return {}
    begin = datetime.combine(since, time.min, tzinfo=TAIPEI)
    end = datetime.combine(until + timedelta(days=1), time.min, tzinfo=TAIPEI)
    return {
        one.id: one
        for one in _people(offer, _not_asked(kind, offer.closed_between(begin, end)))
        if one.phone and agency in ("", one.agency)
    }


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[begin : begin + _AT_ONCE] for begin in range(0, len(ids), _AT_ONCE))


def _people(offer: Surveyed, ids: Sequence[int]) -> Iterable[AskedAbout]:
    for some in _batches(ids):
        yield from offer.asked_about(some).values()


def _store(
    version: SurveyVersion,
    people: Sequence[AskedAbout],
    channel: Channel,
    actor: Actor,
    at: datetime,
    draw: Draw | None = None,
) -> list[Invitation]:
    made = Invitation.objects.bulk_create(
        Invitation(
            version=version,
            draw=draw,
            subject_kind=version.survey.subject_kind,
            subject_id=one.id,
            number=one.number,
            agency_id=one.agency,
            item=one.item,
            item_name=one.item_name,
            channel=channel,
            asked_at=at,
            expires_at=at + timedelta(days=queries.link_days()),
            state=Asked.OPEN,
        )
        for one in people
    )
    if made:
        new = {"channel": channel, "count": len(made), "draw": draw.pk if draw else None}
        subject = Subject(SURVEY, version.pk)
        trail.record(
            actor=actor, action="service.satisfaction.asked", subject=subject, at=at, new=new
        )
    return made


def expire_invitations(*, at: datetime) -> int:
    """Invitations past their days are missing answers; returns how many."""
    on = at.astimezone(TAIPEI).date()
    rows = Invitation.objects.filter(state=Asked.OPEN, expires_at__lte=at)
    return rows.update(state=Asked.EXPIRED, ended_on=on)
