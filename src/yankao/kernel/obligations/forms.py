"""The shape of what the inbox is asked."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.actors import Actor
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


class InboxForm(forms.Form):
    """The filters of the inbox; a value that is no choice filters nothing."""

    q = forms.CharField(label=_("案號、案由、地點"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("種類"), required=False)
    district = forms.ChoiceField(label=_("行政區"), required=False)
    agency = forms.ChoiceField(label=_("機關"), required=False)
    unassigned = forms.BooleanField(label=_("還沒有承辦人"), required=False)

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
        given = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        _title, scope, urgency = VIEWS[view]
        return InboxFilters(
            scope=scope,
            urgency=urgency,
            kind=given.get("kind", ""),
            district=given.get("district", ""),
            agency=given.get("agency", ""),
            unassigned=given.get("unassigned", False),
            text=given.get("q", ""),
            sort=sort,
        )

    def narrowed(self) -> dict[str, Any]:
        """Every filter in use, by its field."""
        given = getattr(self, "cleaned_data", {})
        return {name: value for name, value in given.items() if value}

    def chips(self) -> list[tuple[str, str]]:
        """(field, words) of every filter in use."""
        return [(name, self._words(name, value)) for name, value in self.narrowed().items()]

    def _words(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            words = dict(field.choices)  # type: ignore[arg-type]
            return f"{field.label}：{words[value]}"
        return str(field.label) if value is True else f"{field.label}：{value}"


def _agencies(actor: Actor) -> list[tuple[str, str]]:
    seen = actor.agencies_for(READ)
    return [
        (agency.code, agency.name)
        for agency in people.agencies()
        if seen is None or agency.code in seen
    ]
