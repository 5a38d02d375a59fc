"""Shapes of what people type; policy is the services'."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from yankao.base.fields import PhotosField
from yankao.base.narrowing import FoldingForm, MonthField, day_field, start_of
from yankao.departments.service.dispatch.queries import CaseFilter
from yankao.departments.service.dispatch.rules.public import place_named
from yankao.kernel.casework.carrying import LONGEST
from yankao.kernel.casework.forms import (
    PHONE,
    AssignForm,
    ChannelField,
    ExtensionForm,
    GrantForm,
    ReassignForm,
    RefuseForm,
    SplitForm,
    offer,
    why,
)

__all__ = [
    "AssignForm", "BulkJoinForm", "CancelForm", "ContactForm", "CoverForm", "DetailsForm",
    "DoneForm", "ExtensionForm", "FilterForm", "GrantForm", "JoinForm", "LookupForm", "MapForm",
    "OfflineForm", "OrdersDoneForm", "PauseForm", "ReassignForm", "RefuseForm", "ReopenForm",
    "ReturnForm", "SendForm", "SeparateForm", "SplitForm", "StillBadForm", "StormForm",
    "TakeInForm", "UrgentForm", "VerifyForm", "WhereForm",
]  # fmt: skip

LONGEST_DESCRIPTION = 500


class WhereForm(forms.Form):
    """A point from the map or the phone, or a district with words."""

    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    district = forms.ChoiceField(label=_("行政區"), required=False)
    words = forms.CharField(
        label=_("地點說明"),
        help_text=_("例如：建國路 100 號前、快車道"),
        required=False,
        max_length=200,
    )

    def __init__(self, *args: Any, districts: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["district"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("請選擇")), *districts]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_point = cleaned.get("lat") is not None and cleaned.get("lng") is not None
        if not has_point and not (cleaned.get("district") and cleaned.get("words")):
            raise forms.ValidationError(_("請在地圖上點選位置，或選擇行政區並寫下地點。"))
        return cleaned


class TakeInForm(forms.Form):
    """What an agent types during a call; with a paper number, what was taken while we were down."""

    phone = forms.RegexField(
        PHONE,
        label=_("來電號碼"),
        required=False,
        error_messages={"invalid": _("請填台灣的電話，例如 0912-345-678 或 07-123-4567。")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "autofocus": True}),
    )
    item = forms.CharField(
        label=_("項目"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "take-in-items", "autocomplete": "off"}),
    )
    place = forms.CharField(
        label=_("地點"),
        help_text=_("先說行政區，例如：三民建國三路 100 號前"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label=_("說明"),
        required=False,
        max_length=LONGEST_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    name = forms.CharField(
        label=_("稱呼"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_urgent = forms.BooleanField(label=_("急件"), required=False)
    received_at = forms.DateTimeField(
        label=_("實際受理時間"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    paper_number = forms.CharField(label=_("紙本編號"), required=False, max_length=40)
    late_reason = forms.CharField(label=_("補登原因"), required=False, max_length=200)
    intake_key = forms.CharField(widget=forms.HiddenInput, min_length=16, max_length=64)
    origin = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST, required=False)
    joins = forms.CharField(required=False, max_length=40)

    PAPER = ("received_at", "paper_number", "late_reason")

    @property
    def is_paper(self) -> bool:
        """Whether any of the paper's fields was filled in."""
        return any(self.cleaned_data.get(name) for name in self.PAPER)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.is_paper and not cleaned.get("received_at") and "received_at" not in self.errors:
            self.add_error("received_at", _("補登紙本要填實際受理時間。"))
        return cleaned


class DetailsForm(forms.Form):
    """What is the matter, in words and pictures."""

    photos = PhotosField(
        label=_("照片"),
        help_text=_("最多 6 張，每張 10 MB 以內（JPEG、PNG、WebP、HEIC）。請避免拍到人臉與車牌。"),
        required=False,
    )
    description = forms.CharField(
        label=_("說明"),
        help_text=_("例如：坑洞約 30 公分寬，機車容易摔倒。請不要寫個人資料。"),
        required=False,
        max_length=LONGEST_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ContactForm(forms.Form):
    """Who reports; nothing is required."""

    phone = forms.RegexField(
        PHONE,
        label=_("手機或電話"),
        help_text=_("處理完成時以簡訊通知您"),
        required=False,
        error_messages={"invalid": _("請填台灣的電話，例如 0912-345-678 或 07-123-4567。")},
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "class": "govuk-input--width-20"}
        ),
    )
    email = forms.EmailField(
        label=_("電子郵件"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        label=_("稱呼"),
        help_text=_("承辦人聯絡您時使用"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class SendForm(ContactForm):
    """The last page of a report; a script says whether it is the installed site that sends it."""

    channel = ChannelField()


class OfflineForm(WhereForm, DetailsForm, ContactForm):
    """A whole report on one page, which a phone keeps and sends later.

    Which items are taken is the service's to decide: one sent twice may have ended meanwhile.
    """

    item = forms.CharField(label=_("什麼問題"), max_length=60, widget=forms.Select)
    intake_key = forms.RegexField(r"^[!-~]{16,64}$", widget=forms.HiddenInput)

    field_order = ("item", "district", "words", "photos", "description", "phone", "email", "name")

    def __init__(self, *args: Any, items: Sequence[tuple[Any, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].widget.choices = [("", _("請選擇")), *items]


def _a_number() -> str:
    return f"{settings.CITY['number_prefix']}115112100042"


class LookupForm(forms.Form):
    """A case number with its check code."""

    number = forms.CharField(
        label=_("案號"),
        max_length=40,
        help_text=format_lazy(_("例如：{number}"), number=lazy(_a_number, str)()),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
    )
    code = forms.CharField(
        label=_("查詢碼"),
        max_length=12,
        help_text=_("收件畫面上的 6 碼英數字"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )


class DoneForm(forms.Form):
    """The proof that the work is done."""

    before_photos = PhotosField(
        label=_("施工前照片"), help_text=_("到現場先拍一張，方便對照"), required=False
    )
    photos = PhotosField(
        label=_("完工照片"), help_text=_("至少一張；拍到完成的地方與周圍"), required=False
    )
    public_remark = forms.CharField(
        label=_("給民眾的處理結果"),
        help_text=_("一句話，會顯示在查詢頁。例如：坑洞已於今日填補並壓實。"),
        max_length=200,
    )
    words = forms.CharField(
        label=_("內部備註"),
        help_text=_("只有同仁看得到"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _percent(label: Any, least: float) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        min_value=least,
        max_value=100,
        required=False,
        widget=forms.NumberInput(attrs={"step": "0.1", "class": "govuk-input--width-4"}),
    )


class CoverForm(forms.Form):
    """A rectangle to paint over, in percent of the photo's sides; all blank = none."""

    left = _percent(_("左"), 0)
    top = _percent(_("上"), 0)
    width = _percent(_("寬"), 0.1)
    height = _percent(_("高"), 0.1)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        told = [value for value in cleaned.values() if value is not None]
        if not self.errors and told and len(told) < len(self.fields):
            raise forms.ValidationError(_("請填左、上、寬、高四個數字，或全部清空。"))
        if told and not self.errors and not (cleaned["left"] < 100 and cleaned["top"] < 100):
            raise forms.ValidationError(_("遮蓋的地方要在照片裡。"))
        return cleaned if told else {}


class VerifyForm(forms.Form):
    """Words of the one who verified."""

    words = forms.CharField(
        label=_("查驗意見"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReturnForm(forms.Form):
    """Why the work is sent back."""

    reason = forms.CharField(
        label=_("退回原因"),
        help_text=_("寫明要補什麼，承辦人會看到。退回後重新計時。"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _instant() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class PauseForm(forms.Form):
    """Why the clock stands still."""

    reason = why(_("暫停原因"), _("例如：豪雨停工、等民眾補充位置。暫停期間不計時。"))


class UrgentForm(forms.Form):
    """Why it cannot wait."""

    reason = why(_("為什麼是急件"), _("會立刻通知主辦機關。"))


class JoinForm(forms.Form):
    """Into which case, and why it is the same matter."""

    lead = forms.CharField(
        label=_("主案案號"),
        help_text=_("這件會跟著主案一起處理、一起結案，民眾都會收到通知。"),
        max_length=40,
    )
    reason = why(_("說明"), required=False)


class SeparateForm(forms.Form):
    """Why it is another matter after all."""

    reason = why(_("為什麼不是同一件"), _("解除後要重新簽收，從現在起重新計時。"))


class CancelForm(forms.Form):
    """Why nothing is done, for colleagues and for the citizen."""

    reason = why(_("註銷原因"), _("只有同仁看得到。"))
    public_remark = forms.CharField(
        label=_("給民眾的說明"),
        help_text=_("一句話，會通知通報人並顯示在查詢頁。"),
        max_length=200,
    )


class ReopenForm(forms.Form):
    """What was not done."""

    reason = why(_("重啟原因"), _("主辦機關會看到，並重新計時。"))


class OrdersDoneForm(forms.Form):
    """The proof that the work of several orders is done; the same for each."""

    photos = DoneForm.base_fields["photos"]
    public_remark = DoneForm.base_fields["public_remark"]
    words = DoneForm.base_fields["words"]


class StormForm(forms.Form):
    """Which reports are looked at, and how near neighbours of one work order are."""

    from_at = forms.DateTimeField(label=_("受理時間起"), widget=_instant())
    until_at = forms.DateTimeField(label=_("受理時間迄"), widget=_instant())
    reach = forms.TypedChoiceField(
        label=_("多近算同一張工單"),
        choices=[
            ("", _("各項目的重複範圍")), ("50", _("50 公尺")), ("100", _("100 公尺")),
            ("200", _("200 公尺")),
        ],
        required=False,
        coerce=int,
        empty_value=None,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        from_at, until_at = cleaned.get("from_at"), cleaned.get("until_at")
        if from_at and until_at and until_at <= from_at:
            self.add_error("until_at", _("結束時間必須晚於開始時間。"))
        return cleaned


class StillBadForm(forms.Form):
    """What the reporter finds still bad."""

    words = forms.CharField(
        label=_("哪裡還沒好？"),
        help_text=_("例如：只補了一半。請不要寫個人資料。"),
        required=False,
        max_length=LONGEST_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FilterForm(FoldingForm):
    """What the case list is narrowed to."""

    always = ("q", "state", "clock", "officer", "order")

    q = forms.CharField(label=_("案號、地點或描述"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("狀態"), required=False)
    clock = forms.ChoiceField(
        label=_("期限"), required=False, choices=[("today", _("今日到期")), ("overdue", _("逾期"))]
    )
    officer = forms.ChoiceField(
        label=_("承辦人"),
        required=False,
        choices=[("mine", _("我的")), ("none", _("還沒有承辦人"))],
    )
    order = forms.ChoiceField(label=_("排序"), required=False)
    agency = forms.ChoiceField(label=_("主辦機關"), required=False)
    district = forms.ChoiceField(label=_("行政區"), required=False)
    item = forms.ChoiceField(label=_("項目"), required=False)
    channel = forms.ChoiceField(label=_("受理管道"), required=False)
    received_from = day_field(_("受理日起"))
    received_until = day_field(_("受理日迄"))
    done = MonthField(label=_("完成月份"))
    urgent = forms.BooleanField(label=_("急件"), required=False)
    waiting = forms.BooleanField(label=_("展期待決定"), required=False)

    def wanted(self) -> CaseFilter:
        """What was asked for, as the queries understand it."""
        given = self.narrowed()
        return CaseFilter(
            text=given.pop("q", ""),
            received_from=start_of(given.pop("received_from", None)),
            received_until=start_of(given.pop("received_until", None), days_later=1),
            order=self.query().get("order", "-received_at"),
            **given,
        )


class BulkJoinForm(forms.Form):
    """Which of the chosen cases leads, and why they are one matter."""

    lead = forms.ChoiceField(label=_("主案"), help_text=_("其他案件會併入這一件，跟著處理、結案。"))
    reason = why(_("說明"), required=False)

    def __init__(self, *args: Any, leads: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "lead", leads)


class MapForm(forms.Form):
    """What the public map is narrowed to."""

    what = forms.ChoiceField(label=_("什麼問題"), required=False)
    district = forms.ChoiceField(label=_("行政區"), required=False)
    state = forms.ChoiceField(
        label=_("狀態"),
        required=False,
        choices=[("", _("全部")), ("open", _("還沒結束")), ("closed", _("最近結束"))],
    )
    received = forms.ChoiceField(
        label=_("通報時間"),
        required=False,
        choices=[("", _("不限")), ("1", _("今天")), ("7", _("7 天內")), ("30", _("30 天內"))],
    )
    at = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    village = forms.RegexField(
        r"^[0-9]{1,16}$", required=False, max_length=16, widget=forms.HiddenInput
    )

    def __init__(
        self,
        *args: Any,
        what: Iterable[tuple[str, list[tuple[str, str]]]],
        districts: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("what", what), ("district", districts)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("全部")), *choices]

    def clean_at(self) -> tuple[float, float] | None:
        """A place of the map's own grid, nothing finer."""
        text = self.cleaned_data["at"]
        place = place_named(text) if text else None
        if text and place is None:
            raise forms.ValidationError(_("地圖上沒有這個地點，請再點一次。"))
        return place
