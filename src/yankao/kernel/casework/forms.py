"""Shapes of what people type about any kind of case."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

PHONE = r"^$|^(\+886[ -]?|0)[1-9][0-9 ()#-]{6,20}$"
"""A Taiwan number; letters to anywhere else would cost the city and help nobody."""


class ChannelField(forms.ChoiceField):
    """By which door of the citizen's it comes: the site, or the site installed as an app.

    A hidden field that a script fills in where the site runs as an app.
    """

    WEB, APP = "web", "app"

    def __init__(self) -> None:
        widget = forms.HiddenInput(attrs={"data-yk-channel": True})
        choices = [(self.WEB, self.WEB), (self.APP, self.APP)]
        super().__init__(choices=choices, initial=self.WEB, required=False, widget=widget)

    def clean(self, value: Any) -> str:
        """What was sent without a script came by the site."""
        return str(super().clean(value)) or self.WEB


def why(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    """A few lines of reasons."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, str]]) -> None:
    """Give a choice its options, and none of them at first."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", _("請選擇")), *choices]


class AssignForm(forms.Form):
    """Which officer."""

    person = forms.TypedChoiceField(label=_("承辦人"), coerce=int)

    def __init__(self, *args: Any, officers: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(officer.id, officer.name) for officer in officers]


class ReassignForm(forms.Form):
    """Which agency takes the case over, and why."""

    agency = forms.ChoiceField(label=_("接手的機關"))
    reason = why(_("改分原因"), _("接手的機關會看到。新機關重新簽收；對民眾的期限不變。"))

    def __init__(self, *args: Any, agencies: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "agency", agencies)


class SplitForm(forms.Form):
    """Up to three agencies, each with its part."""

    agency_1 = forms.ChoiceField(label=_("分辦機關"))
    words_1 = why(_("請這個機關做什麼"))
    agency_2 = forms.ChoiceField(label=_("第二個機關"), required=False)
    words_2 = why(_("請第二個機關做什麼"), required=False)
    agency_3 = forms.ChoiceField(label=_("第三個機關"), required=False)
    words_3 = why(_("請第三個機關做什麼"), required=False)

    def __init__(self, *args: Any, agencies: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("agency_1", "agency_2", "agency_3"):
            offer(self, name, agencies)

    def parts(self) -> list[tuple[str, str]]:
        """The agencies chosen, each with its words."""
        rows = ((self.cleaned_data[f"agency_{n}"], self.cleaned_data[f"words_{n}"]) for n in "123")
        return [(agency, words) for agency, words in rows if agency]


class ExtensionForm(forms.Form):
    """How much more time, and why."""

    amount = forms.IntegerField(
        label=_("延長多少"),
        min_value=1,
        max_value=999,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3", "inputmode": "numeric"}),
    )
    reason = why(_("展期原因"), _("主管與稽核會看到。核准前，原期限照算。"))

    def __init__(self, *args: Any, unit: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = _("單位：%(unit)s") % {"unit": unit}


class GrantForm(forms.Form):
    """Words of the one who grants more time."""

    words = why(_("核准意見"), required=False)


class RefuseForm(forms.Form):
    """Why there is no more time."""

    reason = why(_("不同意的原因"), _("承辦人會收到通知。"))
