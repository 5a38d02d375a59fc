"""Shape of input; what is allowed is the services' word."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.fields import PlainForm
from yankao.kernel.doors import declarations
from yankao.kernel.people import queries as people


class KeyForm(PlainForm):
    """Who may use the API, for what, how much and how long."""

    application = forms.CharField(
        label=_("應用程式"), max_length=100, help_text=_("例如：里長通報 App")
    )
    purpose = forms.CharField(
        label=_("用途"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    contact_agency = forms.ChoiceField(
        label=_("聯絡機關"), required=False, help_text=_("出問題時由哪個機關聯絡對方。")
    )
    scopes = forms.MultipleChoiceField(label=_("可做的事"), widget=forms.CheckboxSelectMultiple)
    quota_per_day = forms.IntegerField(
        label=_("每日配額"),
        min_value=1,
        help_text=_("一天最多可以呼叫幾次，每天午夜重新計算。"),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-10", "inputmode": "numeric"}),
    )
    expires_on = forms.DateField(
        label=_("有效到"),
        required=False,
        help_text=_("最後一天仍有效。不填表示直到撤銷為止。"),
        widget=forms.DateInput(
            attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = [(agency.code, agency.name) for agency in people.agencies()]
        _choose(self, "contact_agency", [("", _("不指定")), *agencies])
        _choose(self, "scopes", list(declarations.scope_titles().items()))

    def clean_contact_agency(self) -> str | None:
        """No choice is no agency."""
        return self.cleaned_data["contact_agency"] or None


class ReplaceForm(PlainForm):
    """How long the old secret lives on."""

    old_valid_days = forms.IntegerField(
        label=_("舊金鑰還能用幾天"),
        initial=7,
        min_value=0,
        max_value=90,
        help_text=_("讓對方有時間換上新的。外洩時請填 0，舊的立刻失效。"),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3", "inputmode": "numeric"}),
    )


class RevokeForm(PlainForm):
    """Why a key ends."""

    reason = forms.CharField(
        label=_("撤銷的理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


def _choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
