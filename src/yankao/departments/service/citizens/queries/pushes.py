"""Which browser wants what, and what was sent to all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.prepared import Prepared
from yankao.base.ui_offers import News
from yankao.departments.service.citizens import permissions
from yankao.departments.service.citizens.models import Bulletin, KeptCase, Subscription, Watch
from yankao.departments.service.citizens.rules import Category
from yankao.departments.service.citizens.workflow import BULLETIN, Permission, State
from yankao.kernel.casework import mine
from yankao.kernel.places import queries as places

CATEGORIES = {
    Category.CASES: gettext_lazy("案件進度"),
    Category.NEWS: gettext_lazy("市政消息"),
    Category.TRAFFIC: gettext_lazy("交通"),
    Category.DISASTER: gettext_lazy("災害通報"),
}
STATES = {
    State.WAITING: gettext_lazy("等人核發"),
    State.SENT: gettext_lazy("已發送"),
    State.RETURNED: gettext_lazy("退回"),
    State.STOPPED: gettext_lazy("已停止"),
}
TONES = {
    State.WAITING: "today",
    State.SENT: "ok",
    State.RETURNED: "closed",
    State.STOPPED: "late",
}
SHOWN_FOR = timedelta(days=30)
ON_FRONT_FOR = timedelta(days=2)
MOST_ON_FRONT = 3


class BulletinUnknown(NotVisible):
    """There is no such message, or not for this actor."""


@dataclass(frozen=True, slots=True)
class PushWords:
    """What one browser is to be shown: never a name, an address or a word of a case."""

    title: str
    body: str
    url: str
    tag: str


def category_names() -> dict[str, str]:
    """What a category is called."""
    return {category.value: str(words) for category, words in CATEGORIES.items()}


def subscription_of(cookie: str, *, lock: bool = False) -> Subscription | None:
    """The browser of the cookie."""
    try:
        uuid = UUID(cookie)
    except ValueError:
        return None
    rows = Subscription.objects.select_for_update() if lock else Subscription.objects
    return rows.filter(uuid=uuid).first()


def watched_numbers(subscription: Subscription) -> list[str]:
    """Cases followed by their check codes."""
    return list(subscription.watches.order_by("pk").values_list("number", flat=True))


# --- cases ---------------------------------------------------------------------------------------


def anybody_follows() -> bool:
    """Whether any browser wants pushes of cases at all."""
    return bool(_followers())


@Prepared
def _followers() -> QuerySet[Subscription, tuple[int]]:
    return Subscription.objects.filter(wants__contains=[Category.CASES.value]).values_list("pk")[:1]


def followers_of(kind: str, id: int) -> list[int]:
    """Browsers that follow the case: their owner's, or by its check code."""
    found = mine.watched(kind, id)
    if found is None:
        return []
    wants = Subscription.objects.filter(wants__contains=[Category.CASES.value])
    own = KeptCase.objects.filter(citizen=OuterRef("citizen"), number=found.number)
    code = Watch.objects.filter(subscription=OuterRef("pk"), number=found.number)
    theirs = Q(citizen__email=found.email) if found.email else Q(pk__in=[])
    rows = wants.filter(theirs | Exists(own) | Exists(code))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def case_words(subscription_id: int, kind: str, id: int) -> tuple[Subscription, PushWords] | None:
    """The case's state now, in the browser's language; None when it is followed no longer."""
    row = Subscription.objects.filter(pk=subscription_id).first()
    if row is None or row.pk not in followers_of(kind, id):
        return None
    with translation.override(row.language or None):
        found = mine.watched(kind, id)
        assert found is not None, "it is followed"
        if row.citizen_id is None:
            address = f"{reverse('service_dispatch:status')}?q={found.number}"
        else:
            address = reverse("service_citizens:case", args=[found.number])
        return row, PushWords(
            title=_("案件進度"),
            body=_("%(number)s：%(state)s") % {"number": found.number, "state": found.headline},
            url=address,
            tag=found.number,
        )


# --- what is sent to all -------------------------------------------------------------------------


def receivers_of(bulletin: Bulletin) -> list[int]:
    """Browsers that want the category there; who named no place wants the whole city's."""
    rows = Subscription.objects.filter(wants__contains=[bulletin.category])
    if bulletin.districts or bulletin.villages:
        around = sorted(
            one.code
            for one in places.districts()
            if any(village.startswith(one.code) for village in bulletin.villages)
        )
        rows = rows.filter(
            Q(district=None)
            | Q(district__in=bulletin.districts)
            | Q(village__in=bulletin.villages)
            | Q(village=None, district__in=around)
        )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def subscriptions(ids: Sequence[int]) -> list[Subscription]:
    """Those still there."""
    return list(Subscription.objects.filter(pk__in=ids).order_by("pk"))


def bulletin(id: int) -> Bulletin | None:
    """For the jobs that spread it."""
    return Bulletin.objects.filter(pk=id).first()


def bulletin_words(row: Bulletin) -> PushWords:
    """What is shown of it on a phone."""
    url = f"{reverse('service_citizens:news')}#n{row.pk}"
    return PushWords(row.title, row.words[:180], url, f"news-{row.pk}")


def bulletins_for(actor: Actor) -> QuerySet[Bulletin]:
    """Those of the agencies the actor reads, newest first."""
    rows = Bulletin.objects.select_related("agency").order_by("-written_at", "-pk")
    agencies = actor.agencies_for(Permission.READ)
    return rows if agencies is None else rows.filter(agency__in=sorted(agencies))


def bulletin_for(actor: Actor, id: int) -> Bulletin:
    """One of them. Raises BulletinUnknown."""
    row = Bulletin.objects.select_related("agency").filter(pk=id).first()
    if row is None or not permissions.may_see(actor, row):
        raise BulletinUnknown("citizens.bulletin_unknown", _("沒有這一則推播。"))
    return row


def public_bulletins(*, at: datetime, category: str = "") -> QuerySet[Bulletin]:
    """What was sent lately, newest first; also what was stopped, whose words are not shown."""
    sent = (State.SENT, State.STOPPED)
    rows = Bulletin.objects.filter(state__in=sent, sent_at__gte=at - SHOWN_FOR)
    rows = rows.select_related("agency").order_by("-sent_at", "-pk")
    return rows.filter(category=category) if category else rows


def place_names(row: Bulletin) -> list[str]:
    """Where it is about; none = the whole city."""
    codes = {*row.districts, *row.villages}
    if not codes:
        return []
    names = [one.name for one in places.districts() if one.code in codes]
    near = {code[:8] for code in row.villages}
    return names + [
        f"{one.name}{village.name}"
        for one in places.districts()
        if one.code in near
        for village in places.villages_of(one.code)
        if village.code in codes
    ]


class FrontBulletins:
    """What was pushed lately, on the public home page: for whoever takes no pushes."""

    def front_news(self, at: datetime) -> list[News]:
        """Disasters first, then the newest."""
        lately = public_bulletins(at=at).filter(sent_at__gte=at - ON_FRONT_FOR)
        rows = lately.filter(state=State.SENT)[:20]
        first = sorted(rows, key=lambda row: row.category != Category.DISASTER)
        page = reverse("service_citizens:news")
        return [
            News(row.title, row.words[:100], f"{page}#n{row.pk}") for row in first[:MOST_ON_FRONT]
        ]


class BulletinSubjects:
    """Messages to all, in the trail."""

    kind = BULLETIN

    def title(self, id: int) -> str:
        """What it is called."""
        row = bulletin(id)
        return row.title if row else ""

    def address(self, id: int) -> str:
        """Its page for staff."""
        return reverse("service_citizens:bulletin", args=[id])

    def may_see(self, actor: Actor, id: int) -> bool:
        """As its page."""
        row = bulletin(id)
        return row is not None and permissions.may_see(actor, row)
