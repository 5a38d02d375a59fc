"""The shape of what is typed; what it means is decided by the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.fields import PlainForm
from yankao.departments.service.privacy import queries, rules
from yankao.departments.service.privacy.rules import Right
from yankao.kernel.casework.personal import CONTACT

_RIGHTS = [(right.value, words) for right, words in queries.RIGHTS.items()]


class WishForm(PlainForm):
    """Which record, which right, and for a correction what is right."""

    number = forms.CharField(
        label=_("案號"),
        max_length=40,
        help_text=_("任何一件您的案件都可以；留同樣姓名與聯絡方式的其他案件會一起處理。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )
    right = forms.ChoiceField(label=_("您要做什麼"), choices=_RIGHTS, widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("正確的姓名"),
        max_length=60,
        required=False,
        help_text=_("只有要更正時才填下面四欄，沒有錯的留白。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "name"}),
    )
    phone = forms.RegexField(
        label=_("正確的電話"),
        regex=r"\A[0-9+()#\- ]{7,30}\Z",
        required=False,
        error_messages={"invalid": _("電話請用數字，例如 0912345678。")},
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=_("正確的電子郵件"),
        max_length=200,
        required=False,
        widget=forms.EmailInput(attrs={"class": "govuk-input--width-30", "autocomplete": "email"}),
    )
    address = forms.CharField(
        label=_("正確的地址"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )

    def wish(self) -> dict[str, Any]:
        """Number, right and values, as the services take them."""
        given = self.cleaned_data
        values = {key: given.get(key) or "" for key in CONTACT}
        return {"number": given["number"], "right": Right(given["right"]), "values": values}


class AskForm(WishForm):
    """Online, with the record's check code."""

    code = forms.CharField(
        label=_("查詢碼"),
        max_length=20,
        help_text=_("收件時和案號一起給您的英文與數字。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
    )
    field_order = ("number", "code", "right")


class CounterForm(WishForm):
    """At a counter, with how the identity was checked."""

    identity = forms.CharField(
        label=_("怎麼確認身分"),
        max_length=200,
        help_text=_("例如：查驗國民身分證、看過委託書。不要寫證號。"),
    )
    field_order = ("number", "right", "identity")


class CodeForm(PlainForm):
    """The check code, before a copy is handed out."""

    code = forms.CharField(
        label=_("查詢碼"),
        max_length=20,
        help_text=_("請求時那件案件的查詢碼。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
    )


class ExtendForm(PlainForm):
    """More days, and why."""

    days = forms.IntegerField(
        label=_("延長幾天"),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3", "inputmode": "numeric"}),
    )
    extension_reason = forms.CharField(
        label=_("為什麼要延長"),
        max_length=300,
        help_text=_("民眾會收到這段文字。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class GrantForm(PlainForm):
    """A remark, if any."""

    remark = forms.CharField(
        label=_("說明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class RefuseForm(PlainForm):
    """The ground of the law, and why it holds."""

    ground = forms.ChoiceField(label=_("不同意的依據"))
    reason = forms.CharField(
        label=_("為什麼不同意"),
        max_length=1000,
        help_text=_("民眾會看到這段文字。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, right: Right, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [
            (ground.value, f"{queries.GROUNDS[ground]}（{rules.GROUNDS[ground][1]}）")
            for ground in rules.grounds_for(right)
        ]
        self.fields["ground"].choices = [("", ""), *offered]  # type: ignore[attr-defined]
