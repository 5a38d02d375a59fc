"""The shape of what is typed; what it means is decided by the services."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.fields import PlainForm
from yankao.departments.service.satisfaction.workflow import AGAIN
from yankao.kernel.figures.rules import FIRST_YEAR
from yankao.kernel.forms import xlsform
from yankao.kernel.forms.forms import AnswerForm
from yankao.kernel.forms.rules import Choice, Kind, Question, Shape, ShowIf
from yankao.kernel.people import queries as people


class SurveyForm(AnswerForm):
    """A survey's questions, and whether who is dissatisfied wants to be answered again."""

    def __init__(self, *args: Any, shape: Shape, **kwargs: Any) -> None:
        super().__init__(*args, shape=with_again(shape), **kwargs)

    @property
    def wants_second(self) -> bool:
        return self.answers.get(AGAIN) == "yes"

    @property
    def survey_answers(self) -> dict[str, Any]:
        """The answers to the survey's own questions."""
        return {name: answer for name, answer in self.answers.items() if name != AGAIN}


def with_again(shape: Shape) -> Shape:
    """The survey's questions, and the last one: whether a chief shall answer again."""
    scale = next((one.name for one in shape.questions if one.kind is Kind.SCALE), None)
    if scale is None:
        return shape
    question = Question(
        name=AGAIN,
        kind=Kind.ONE,
        zh=_("要請主管再回復您一次嗎？"),
        hint_zh=_("選「要」，主管才看得到您是哪一件案件，並用您留下的聯絡方式回復。"),
        required=True,
        choices=(Choice("yes", _("要，請主管回復我")), Choice("no", _("不用"))),
        show_if=ShowIf(scale, ("4", "5")),
    )
    return Shape((*shape.questions, question))


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"})


class ShareForm(PlainForm):
    """How many percent are asked by link."""

    share_pct = forms.IntegerField(
        label=gettext_lazy("用連結詢問的比率（%）"),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3", "inputmode": "numeric"}),
    )


class DrawForm(PlainForm):
    """A sample to be drawn."""

    since = forms.DateField(label=gettext_lazy("結案日，從"), widget=_day())
    until = forms.DateField(label=gettext_lazy("結案日，到"), widget=_day())
    agency = forms.ChoiceField(label=gettext_lazy("機關"), required=False)
    size = forms.IntegerField(
        label=gettext_lazy("要抽幾件"),
        min_value=1,
        max_value=2000,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4", "inputmode": "numeric"}),
    )
    seed = forms.RegexField(
        label=gettext_lazy("亂數種子"),
        help_text=gettext_lazy("同樣的種子與案件會抽出同樣的樣本。英文字母、數字與連字號。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
        regex=r"\A[A-Za-z0-9-]{1,40}\Z",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("所有機關")), *((one.code, one.name) for one in people.agencies())]
        self.fields["agency"].choices = every  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", _("結束的日子要在開始之後。"))
        return given


FIRST = date(FIRST_YEAR, 1, 1)


class PeriodForm(forms.Form):
    """Which survey and which days; what is not readable is left at the default."""

    survey = forms.ChoiceField(label=gettext_lazy("調查"), required=False)
    since = forms.DateField(label=gettext_lazy("從"), required=False, widget=_day())
    until = forms.DateField(label=gettext_lazy("到"), required=False, widget=_day())

    def __init__(self, *args: Any, surveys: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["survey"].choices = [  # type: ignore[attr-defined]
            ("", _("所有調查")),
            *surveys.items(),
        ]

    def period(self, today: date) -> tuple[str, date, date]:
        """Survey, first and last day; this year so far where nothing usable was asked."""
        self.is_valid()
        given = self.cleaned_data
        since, until = (
            day if day and FIRST <= day <= today else otherwise
            for day, otherwise in (
                (given.get("since"), date(today.year, 1, 1)), (given.get("until"), today)
            )
        )  # fmt: skip
        return given.get("survey") or "", min(since, until), max(since, until)


class UnreachableForm(PlainForm):
    """Why nobody can be answered."""

    reason = forms.CharField(
        label=gettext_lazy("為什麼無法回復"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class WorkbookForm(PlainForm):
    """An XLSForm workbook."""

    workbook = forms.FileField(
        label=gettext_lazy("XLSForm 活頁簿（.xlsx）"),
        help_text=gettext_lazy("最多 1 MB。題目在工作表 survey，答案在工作表 choices。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def content(self) -> bytes:
        """What was uploaded, not more than a little above what is taken."""
        upload = self.cleaned_data["workbook"]
        content: bytes = upload.read(xlsform.LARGEST + 1)
        return content
