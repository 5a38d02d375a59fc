"""Accounts, as the procedures of 個資法 ask for them: found, shown, taken out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from yankao.base.subjects import Subject
from yankao.departments.service.citizens.models import Citizen
from yankao.departments.service.citizens.services.accounts import codes_of, erase_rows
from yankao.departments.service.citizens.workflow import KIND
from yankao.kernel.casework.personal import Held, ids_after


class AccountsHeld:
    """Accounts of who gave the same e-mail address. None has a number, none can be corrected:

    another address would open another's cases; whoever has a new one signs in with it.
    """

    kind = KIND
    personal_title = gettext_lazy("我的案件帳號")
    fields = ()

    def id_of(self, number: str) -> int | None:
        return None

    def held(self, ids: Collection[int]) -> Mapping[int, Held]:
        return {row.pk: _held(row) for row in Citizen.objects.filter(pk__in=ids)}

    def of_person(self, *, name: str, phone: str, email: str) -> Sequence[int]:
        """By the address alone: an account has no name."""
        rows = Citizen.objects.filter(email=email.lower()) if email else Citizen.objects.none()
        return list(rows.values_list("pk", flat=True))

    def around(self, id: int) -> Sequence[Subject]:
        """Codes on their way to the address: their letters go with the account."""
        row = Citizen.objects.filter(pk=id).first()
        return codes_of(row.email) if row else []

    def correct(self, *, id: int, values: Mapping[str, str]) -> None:
        """Nothing can be corrected."""

    def erase(self, *, id: int) -> None:
        erase_rows(citizen_id=id)

    def due(self, until: datetime) -> int:
        return _unused(until).count()

    def closed_before(self, until: datetime, *, after: int, limit: int) -> Sequence[int]:
        return ids_after(_unused(until), after, limit)


def _unused(until: datetime) -> QuerySet[Citizen]:
    """Nobody signed in since; such an account has ended like a closed case."""
    return Citizen.objects.filter(seen_at__lt=until)


def _held(row: Citizen) -> Held:
    return Held(
        id=row.pk,
        number=str(row.uuid),
        agency=settings.CITY.get("citizens", {}).get("agency", "RDEC"),
        item=str(AccountsHeld.personal_title),
        received_at=row.created_at,
        closed_at=row.seen_at,
        email=row.email,
    )
