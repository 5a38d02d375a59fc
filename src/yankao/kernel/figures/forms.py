"""The shape of a question to a figure: a period in words or code, and one code a dimension."""

from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.kernel.figures.declarations import UNKNOWN, Figure
from yankao.kernel.figures.queries import QuestionInvalid, guarded
from yankao.kernel.figures.rules import Period, PeriodInvalid, parse_period


class QuestionForm(forms.Form):
    """Period and dimensions of one figure; every field may be left empty."""

    period = forms.CharField(
        label=gettext_lazy("期間"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("例如 107 年 9 月、2018-09、2018-Q3"),
    )

    def __init__(
        self,
        figure: Figure,
        query: QueryDict,
        names: Mapping[str, Mapping[str, str]],
        default: Period,
        *,
        sees_small: bool,
    ) -> None:
        super().__init__(query)
        self.figure, self.names = figure, names
        self.default, self.sees_small = default, sees_small
        for dimension in figure.dimensions:
            self.fields[dimension] = forms.ChoiceField(
                label=figure.fact.column(dimension).title,
                required=False,
                choices=self._choices(dimension),
            )

    def _choices(self, dimension: str) -> list[tuple[str, str]]:
        named = dict(self.names[dimension])
        chosen = self.data.get(dimension)
        if chosen and chosen != UNKNOWN:
            named.setdefault(chosen, chosen)
        return [("", _("全部")), *named.items(), (UNKNOWN, _("不明"))]

    def clean_period(self) -> Period | None:
        text = self.cleaned_data["period"].strip()
        if not text:
            return None
        try:
            period = parse_period(text)
        except PeriodInvalid as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal
        if period.grain not in self.figure.grains:
            raise forms.ValidationError(
                _("這項統計沒有這種長度的期間，請換一種。"), code="figures.grain_unknown"
            )
        return period

    def clean(self) -> dict[str, object]:
        """What is not public together is asked without its conditions, and said so."""
        given: dict[str, object] = self.cleaned_data
        period = given.get("period") or self.default
        assert isinstance(period, Period)
        if not self.sees_small:
            try:
                guarded(self.figure, [(period, period.bounds)], self.filters())
            except QuestionInvalid as refusal:
                self.add_error(refusal.field, refusal.message)
                for dimension in self.figure.dimensions:
                    given.pop(dimension, None)
        return given

    def filters(self) -> dict[str, str]:
        """The dimensions chosen, after validation."""
        chosen = {name: self.cleaned_data.get(name, "") for name in self.figure.dimensions}
        return {name: code for name, code in chosen.items() if code}
