"""The shape of what the inbox is asked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.actors import Actor
from yankao.base.narrowing import MonthField, NarrowingForm
from yankao.kernel.obligations.kinds import kinds
from yankao.kernel.obligations.permissions import READ
from yankao.kernel.obligations.queries import InboxFilters, Scope, Sort, Urgency
from yankao.kernel.people import queries as people
from yankao.kernel.places import queries as places

VIEWS: dict[str, tuple[Any, Scope | None, Urgency | None]] = {
    "mine": (_("我的"), Scope.MINE, None),
    "unit": (_("本單位"), Scope.UNIT, None),
    "agency": (_("本機關"), Scope.AGENCY, None),
    "all": (_("全部機關"), Scope.ALL, None),
    "today": (_("今日到期"), None, Urgency.TODAY),
    "overdue": (_("逾期"), None, Urgency.OVERDUE),
    "paused": (_("暫停"), None, Urgency.PAUSED),
    "ended": (_("已結"), None, Urgency.ENDED),
}


class InboxForm(NarrowingForm):
    """The filters of the inbox; a value that is no choice filters nothing."""

    q = forms.CharField(label=_("案號、案由、地點"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("種類"), required=False)
    district = forms.ChoiceField(label=_("行政區"), required=False)
    agency = forms.ChoiceField(label=_("機關"), required=False)
    unassigned = forms.BooleanField(label=_("還沒有承辦人"), required=False)
    due = MonthField(label=_("到期月份"), widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = ("", _("全部"))
        self._choices("kind", [every, *kinds().items()])
        self._choices("district", [every, *((d.code, d.name) for d in places.districts())])
        agencies = _agencies(actor)
        if len(agencies) > 1:
            self._choices("agency", [every, *agencies])
        else:
            del self.fields["agency"]

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def filters(self, *, view: str, sort: Sort) -> InboxFilters:
        """What was asked for, as the queries understand it."""
        given = self.narrowed()
        _title, scope, urgency = VIEWS[view]
        return InboxFilters(
            scope=scope,
            urgency=urgency,
            kind=given.get("kind", ""),
            district=given.get("district", ""),
            agency=given.get("agency", ""),
            unassigned=given.get("unassigned", False),
            due=given.get("due", ""),
            text=given.get("q", ""),
            sort=sort,
        )


class OfficerForm(forms.Form):
    """Which officer gets the chosen."""

    person_id = forms.TypedChoiceField(label=_("承辦人"), coerce=int)

    def __init__(self, *args: Any, officers: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("請選擇")), *((one.id, one.name) for one in officers)]


def _agencies(actor: Actor) -> list[tuple[str, str]]:
    seen = actor.agencies_for(READ)
    return [
        (agency.code, agency.name)
        for agency in people.agencies()
        if seen is None or agency.code in seen
    ]
