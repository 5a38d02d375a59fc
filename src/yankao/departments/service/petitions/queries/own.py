"""A petitioner's own petitions."""

from collections.abc import Collection, Sequence

from django.db.models import Q
from django.db.models.functions import Lower

from yankao.departments.service.petitions.models import Petition, Petitioner
from yankao.departments.service.petitions.workflow import ENDED, KIND
from yankao.kernel.casework.mine import Ref


def own_refs(*, email: str, numbers: Collection[str], limit: int) -> Sequence[Ref]:
    """Petitions of those numbers or made with the address, newest first.

    A confidential one (行政程序法 §170) is never found by its address: a mailbox may be shared.
    """
    ids = _made_with(email, limit) if email else []
    found = Petition.objects.filter(Q(pk__in=ids) | Q(number__in=numbers), whole=None)
    rows = found.order_by("-received_at", "-id")[:limit]
    return [Ref(p.received_at, p.number, KIND, p.pk, p.state not in ENDED) for p in rows]


def own_rows(ids: Collection[int]) -> Sequence[Petition]:
    """The petitions with what a list shows of them."""
    rows = Petition.objects.filter(pk__in=ids).select_related("item", "agency", "promise")
    return list(rows)


def petitioner_email(id: int) -> str:
    """The address by which the petition is in somebody's list, in small letters."""
    rows = Petitioner.objects.filter(pk=id, petition__is_confidential=False)
    return (rows.values_list("email", flat=True).first() or "").lower()


def _made_with(email: str, limit: int) -> list[int]:
    """Read by themselves: joined to the numbers by OR, no index would serve."""
    known = Petitioner.objects.exclude(email="").alias(mailbox=Lower("email"))
    found = known.filter(mailbox=email, petition__is_confidential=False)
    return list(found.order_by("-petition_id").values_list("petition_id", flat=True)[:limit])
