"""Shapes of what people type; policy is the services'."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base import formats
from yankao.base.fields import PlainForm
from yankao.base.local_names import local
from yankao.base.narrowing import OUR_TIMES, MonthField, NarrowingForm, day_field
from yankao.departments.service.calls.queries import KIND_WORDS, STATE_WORDS

LONGEST_WORDS, LONGEST_PLACE, LONGEST_NAME = 5_000, 200, 60


class WordsForm(forms.Form):
    """What the caller says, as the agent types it."""

    text = forms.CharField(
        label=_("民眾說的"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 9, "autofocus": True}),
    )
    place = forms.CharField(
        label=_("地點"),
        help_text=_("先說行政區，例如：三民建國三路 100 號前"),
        required=False,
        max_length=LONGEST_PLACE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("稱呼"),
        required=False,
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CallFilter(NarrowingForm):
    """What the list is narrowed to."""

    kind = forms.ChoiceField(
        label=_("種類"),
        required=False,
        choices=[("", _("全部")), *KIND_WORDS.items(), ("none", _("還沒分類"))],
    )
    state = forms.ChoiceField(
        label=_("狀態"), required=False, choices=[("", _("全部")), *STATE_WORDS.items()]
    )
    since = day_field(_("從"))
    until = day_field(_("到"))


class DifferenceFilter(NarrowingForm):
    """Differences of which calls."""

    month = MonthField(label=_("來電月份"), widget=forms.HiddenInput)


class SeatForm(PlainForm):
    """Who sits where."""

    person = forms.ChoiceField(label=_("話務人員"))
    login = forms.RegexField(
        r"^[\x21-\x7e]{1,40}$",
        label=_("交換機的席位代碼"),
        help_text=_("交換機傳來的事件用這個代碼稱呼這一席，例如：a01。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
    )
    skills = forms.CharField(
        label=_("技能"),
        help_text=_("能接的佇列，用逗號分開；空白表示全部。"),
        required=False,
        max_length=400,
    )
    is_active = forms.BooleanField(label=_("在職"), required=False, initial=True)

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("請選擇")), *people]

    def clean_skills(self) -> list[str]:
        """Names of queues."""
        given = self.cleaned_data["skills"].replace("，", ",").replace("、", ",")
        return [one.strip()[:40] for one in given.split(",") if one.strip()]


class DayForm(forms.Form):
    """A day."""

    day = day_field(_("日期"))


class SampleForm(PlainForm):
    """A sample to be drawn."""

    month = forms.DateField(
        label=_("月份（填該月任一天）"),
        validators=OUR_TIMES,
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
    )
    per_agent = forms.IntegerField(
        label=_("每人幾通"),
        min_value=1,
        max_value=50,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )
    seed = forms.RegexField(
        r"\A[A-Za-z0-9-]{1,40}\Z",
        label=_("亂數種子"),
        help_text=_("同樣的種子會抽出同樣的電話。英文字母、數字與連字號。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
    )


class ObjectionForm(PlainForm):
    """An objection, or the answer to it."""

    words = forms.CharField(
        label=_("理由"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    score = forms.IntegerField(
        label=_("更正後的分數"),
        help_text=_("不改就空白。"),
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )


def duty_words(duty: Any) -> str:
    """A shift in a line."""
    return f"{formats.roc_date(duty.day)} {local(duty.shift.name)}"


def _chosen(field: forms.Field, options: list[tuple[str, str]], empty: Any) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", empty), *options]


class DutyForm(PlainForm):
    """Somebody on a shift."""

    person = forms.ChoiceField(label=_("話務人員"))
    day = forms.DateField(
        label=_("日期"),
        validators=OUR_TIMES,
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
    )
    shift = forms.ChoiceField(label=_("班別"))

    def __init__(
        self,
        *args: Any,
        people: list[tuple[str, str]],
        shifts: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _chosen(self.fields["person"], people, _("請選擇"))
        _chosen(self.fields["shift"], shifts, _("請選擇"))


class SwapForm(PlainForm):
    """One's own shift for a colleague's, or for nothing."""

    given = forms.ChoiceField(label=_("我的哪一班"))
    colleague = forms.ChoiceField(label=_("請誰來上"))
    taken = forms.ChoiceField(label=_("我改上對方的哪一班"), required=False)

    def __init__(
        self,
        *args: Any,
        mine: list[tuple[str, str]],
        colleagues: list[tuple[str, str]],
        theirs: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _chosen(self.fields["given"], mine, _("請選擇"))
        _chosen(self.fields["colleague"], colleagues, _("請選擇"))
        _chosen(self.fields["taken"], theirs, _("不換，只請對方代班"))
