"""Shapes of input."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.departments.service.messages import rules
from yankao.departments.service.messages.rules import Channel, KeyKind

KEY_KINDS = (
    (KeyKind.TEST.value, _("測試：什麼都不送出，只回報結果")),
    (KeyKind.TEAM.value, _("試送：只送給試送名單裡的號碼與地址")),
    (KeyKind.LIVE.value, _("正式：送給任何人，計費")),
)
CHANNELS = ((Channel.SMS.value, _("簡訊")), (Channel.EMAIL.value, _("電子郵件")))
STATUSES = {
    rules.CREATED: _("等待送出"),
    rules.SENDING: _("送出中"),
    rules.SENT: _("已送出"),
    rules.DELIVERED: _("已送達"),
    rules.FAILURES["temporary"]: _("暫時送不到"),
    rules.FAILURES["permanent"]: _("永久送不到"),
    rules.FAILURES["technical"]: _("技術問題"),
}
TONES = {
    rules.CREATED: "paused",
    rules.SENDING: "info",
    rules.SENT: "ok",
    rules.DELIVERED: "ok",
    **dict.fromkeys(rules.FAILURES.values(), "late"),
}


class ProgramForm(forms.Form):
    """A new program."""

    name = forms.CharField(
        label=_("程式名稱"), max_length=100, help_text=_("例如：圖書館預約通知。")
    )
    agency = forms.ChoiceField(label=_("付費機關"))
    most_a_day = forms.IntegerField(
        label=_("每日上限（則）"),
        min_value=1,
        initial=1000,
        help_text=_("一天最多送幾則，防止程式出錯時大量送出。"),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-5"}),
    )

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = agencies  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    """A new key."""

    name = forms.CharField(
        label=_("金鑰名稱"), max_length=60, help_text=_("例如：正式機、測試機。")
    )
    kind = forms.ChoiceField(label=_("種類"), choices=KEY_KINDS, widget=forms.RadioSelect)


class MemberForm(forms.Form):
    """A number or address for team keys."""

    address = forms.CharField(label=_("手機號碼或電子郵件"), max_length=254)


class TextForm(forms.Form):
    """What a template says."""

    subject = forms.CharField(
        label=_("主旨"), max_length=200, required=False, help_text=_("只有電子郵件需要。")
    )
    body = forms.CharField(
        label=_("內文"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("要填入的欄位寫在兩層括號裡，例如：((name)) 您好，您預約的 ((book)) 到館了。"),
    )


class TemplateForm(TextForm):
    """A new template."""

    name = forms.CharField(label=_("範本名稱"), max_length=100)
    channel = forms.ChoiceField(label=_("管道"), choices=CHANNELS, widget=forms.RadioSelect)
    field_order = ("name", "channel", "subject", "body")


class StatusForm(forms.Form):
    """Narrows the list of messages."""

    status = forms.ChoiceField(
        label=_("狀態"), required=False, choices=[("", _("全部")), *STATUSES.items()]
    )
