"""Shapes of what people type; policy is the services'."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.fields import PlainForm
from yankao.base.narrowing import FoldingForm
from yankao.departments.service.knowledge.queries import EntryFilter
from yankao.departments.service.knowledge.rules import texts
from yankao.departments.service.knowledge.services import Text
from yankao.kernel.casework.forms import offer, why

MOST_WORDS = 500


def _day(label: Any, help_text: Any) -> forms.DateField:
    widget = forms.DateInput(
        attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"
    )
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


class TextForm(PlainForm):
    """What an entry says; ``edits`` tells which state of the draft it was written upon."""

    agency = forms.ChoiceField(label=_("主辦機關"))
    question = forms.CharField(
        label=_("民眾的問題"),
        help_text=_("民眾會怎麼問，就怎麼寫。一則只問一件事。"),
        max_length=texts.LONGEST_QUESTION,
    )
    answer = forms.CharField(
        label=_("答案"),
        help_text=_("先講結論。空一行就分段；網址（https://…）會自動變成連結。"),
        max_length=texts.LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    categories = forms.MultipleChoiceField(
        label=_("類別"), widget=forms.CheckboxSelectMultiple(attrs={"class": "yk-choices"})
    )
    sources = forms.CharField(
        label=_("依據與來源"),
        required=False,
        help_text=_("一行一個：名稱，空一格，網址。例如：道路挖掘管理自治條例 https://…"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    valid_from = _day(_("從哪一天開始有效"), _("不填表示發布就有效。"))
    valid_to = _day(_("有效到哪一天"), _("過了這一天，民眾就看不到。不填表示一直有效。"))
    reason = forms.CharField(
        label=_("為什麼修改"), required=False, max_length=300, help_text=_("留在版次紀錄裡。")
    )
    edits = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        categories: Mapping[str, str],
        agencies: Iterable[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["categories"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(categories.items())
        choices = list(agencies)
        if choices:
            offer(self, "agency", choices)
        else:
            del self.fields["agency"]

    def text(self) -> Text:
        """What was typed, as the services take it."""
        given = self.cleaned_data
        return Text(
            question=given["question"],
            answer=given["answer"],
            categories=given["categories"],
            sources=_sources(given["sources"]),
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            reason=given["reason"],
        )


def _sources(typed: str) -> list[tuple[str, str]]:
    """A line is a title, and an address if its last word is one."""
    found = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        title, _space, address = line.rpartition(" ")
        is_address = address.lower().startswith(("http://", "https://"))
        found.append((title or address, address) if is_address else (line, ""))
    return found


def written_sources(sources: Iterable[Mapping[str, str]]) -> str:
    """Sources as they are typed."""
    return "\n".join(f"{one['title']} {one['address']}".strip() for one in sources)


class FilterForm(FoldingForm):
    """What the list is narrowed to."""

    always = ("q", "state", "category", "order")

    q = forms.CharField(label=_("編號或文字"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("狀態"), required=False)
    category = forms.ChoiceField(label=_("類別"), required=False)
    order = forms.ChoiceField(label=_("排序"), required=False)
    agency = forms.ChoiceField(label=_("主辦機關"), required=False)
    review = forms.ChoiceField(
        label=_("檢視期限"),
        required=False,
        choices=[("today", _("今日到期")), ("overdue", _("逾期"))],
    )
    remarked = forms.BooleanField(label=_("有人說沒幫助"), required=False)
    mine = forms.BooleanField(label=_("我的機關"), required=False)

    def wanted(self) -> EntryFilter:
        """What was asked for, as the queries understand it."""
        given = self.narrowed()
        return EntryFilter(
            text=given.pop("q", ""), order=self.query().get("order", "-changed_at"), **given
        )


class ReasonForm(PlainForm):
    """Why."""

    reason = why(_("原因"))


class ApproveForm(PlainForm):
    """Which text was read; the service refuses another."""

    read = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class ReturnForm(PlainForm):
    """What has to be changed."""

    words = forms.CharField(
        label=_("要改什麼"),
        help_text=_("撰寫的人會看到。"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class HandOverForm(PlainForm):
    """To which agency, and why."""

    agency = forms.ChoiceField(label=_("移交給"))
    reason = why(_("原因"))

    def __init__(self, *args: Any, agencies: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "agency", agencies)


class MergeForm(PlainForm):
    """Into which entry."""

    into = forms.CharField(
        label=_("併入哪一則"),
        help_text=_("填編號，例如 K000123。這一則的網址會轉到那一則；隨時可以取消合併。"),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )


class RelatedForm(PlainForm):
    """Entries shown under this one."""

    related = forms.CharField(
        label=_("相關問答"),
        required=False,
        help_text=_("填編號，以空格隔開。會排在自動找出的相關問答前面。"),
        max_length=200,
    )


class DealtForm(PlainForm):
    """What was done about readers' remarks."""

    words = forms.CharField(label=_("怎麼處理"), max_length=300)


class GapForm(PlainForm):
    """A question for which there is no answer."""

    text = forms.CharField(
        label=_("您想問什麼？"),
        help_text=_("請不要寫姓名、電話等個人資料。我們會補上答案，但沒辦法個別回覆。"),
        max_length=200,
    )


class HelpForm(forms.Form):
    """Did it help; words if one likes."""

    helped = forms.ChoiceField(choices=[("yes", _("有")), ("no", _("沒有"))])
    words = forms.CharField(
        label=_("哪裡沒幫上忙？"),
        required=False,
        help_text=_("請不要寫姓名、電話等個人資料。我們會用來改寫答案，但沒辦法個別回覆。"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
