"""A reporter's own cases."""

from collections.abc import Collection, Sequence

from django.db.models import Q
from django.db.models.functions import Lower

from yankao.departments.service.dispatch.models import Case, Reporter
from yankao.departments.service.dispatch.workflow import ENDED, KIND, State
from yankao.kernel.casework.mine import Ref


def own_refs(*, email: str, numbers: Collection[str], limit: int) -> Sequence[Ref]:
    """Cases reported with the address or of those numbers, newest first."""
    ids = _reported_with(email, limit) if email else []
    found = Case.objects.filter(Q(pk__in=ids) | Q(number__in=numbers), whole=None)
    rows = found.select_related("lead").order_by("-received_at", "-id")[:limit]
    return [Ref(c.received_at, c.number, KIND, c.pk, _is_open(c)) for c in rows]


def own_rows(ids: Collection[int]) -> Sequence[Case]:
    """The cases with what a list shows of them."""
    ties = ("item", "agency", "handling", "lead__agency", "lead__handling")
    return list(Case.objects.filter(pk__in=ids).select_related(*ties))


def reporter_email(id: int) -> str:
    """The address the case was reported with, in small letters."""
    return (Reporter.objects.filter(pk=id).values_list("email", flat=True).first() or "").lower()


def leading(case: Case) -> Case:
    """The case itself, or the one it was joined to, whose state is its own."""
    return case.lead if case.lead is not None and case.state == State.JOINED else case


def followers_of(id: int) -> list[int]:
    """Cases that were joined to this one and share its fate."""
    joined = Case.objects.filter(lead=id, state=State.JOINED)
    return list(joined.order_by("pk").values_list("pk", flat=True))


def _is_open(case: Case) -> bool:
    return leading(case).state not in ENDED


def _reported_with(email: str, limit: int) -> list[int]:
    """Read by themselves: joined to the numbers by OR, no index would serve."""
    known = Reporter.objects.exclude(email="").alias(mailbox=Lower("email")).filter(mailbox=email)
    return list(known.order_by("-case_id").values_list("case_id", flat=True)[:limit])
