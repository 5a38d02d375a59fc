"""The shape of what the calendar's pages are asked."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.clock import TAIPEI
from yankao.kernel.calendar.queries import terms_in_force
from yankao.kernel.places import queries as places


def district_choices(blank: Any) -> list[tuple[str, Any]]:
    """All districts by code, after a choice that means the whole city."""
    return [("", blank), *((one.code, one.name) for one in places.districts())]


class MonthForm(forms.Form):
    """Which month of which district; everything may stay empty."""

    month = forms.DateField(
        label=_("月份"),
        required=False,
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )
    district = forms.ChoiceField(label=_("行政區"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["district"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = district_choices(_("全市一致的日子"))


class DueForm(forms.Form):
    """A term and an instant of receipt."""

    term = forms.ChoiceField(label=_("期限規則"))
    start = forms.DateTimeField(
        label=_("收到的時間"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "govuk-input--width-20"},
            format="%Y-%m-%dT%H:%M",
        ),
    )
    district = forms.ChoiceField(label=_("行政區"), required=False)

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = at.astimezone(TAIPEI).date()
        term, district = self.fields["term"], self.fields["district"]
        assert isinstance(term, forms.ChoiceField)
        assert isinstance(district, forms.ChoiceField)
        term.choices = [(one.key, one.title) for one in terms_in_force(today)]
        district.choices = district_choices(_("不分行政區"))


class DeclareForm(forms.Form):
    """A whole day off, in some districts or in the whole city."""

    on = forms.DateField(
        label=_("停班日期"),
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
    )
    scope = forms.ChoiceField(
        label=_("停班範圍"),
        choices=[("city", _("全市")), ("districts", _("只有部分行政區"))],
        widget=forms.RadioSelect,
        initial="city",
    )
    districts = forms.MultipleChoiceField(
        label=_("行政區"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "yk-choices"}),
        help_text=_("只有部分行政區停班時，勾選這些區。"),
    )
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("例如颱風名稱。這會公開在工作日曆上。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
    )
    citation = forms.CharField(
        label=_("依據"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
        help_text=_("空白時記為「天然災害停止上班及上課作業辦法」。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["districts"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(one.code, one.name) for one in places.districts()]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("scope") == "city":
            cleaned["districts"] = []
        elif cleaned.get("scope") == "districts" and not cleaned.get("districts"):
            self.add_error("districts", _("請勾選停班的行政區，或改選全市。"))
        return cleaned


class RevokeForm(forms.Form):
    """Why a declaration is taken back."""

    reason = forms.CharField(label=_("撤銷原因"), max_length=200)
