"""Shapes of what people type; policy is the services'."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.narrowing import FoldingForm, day_field, start_of
from yankao.departments.service.petitions.queries import GROUND_WORDS, PetitionFilter
from yankao.departments.service.petitions.workflow import Ground
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
from yankao.kernel.files.forms import FilesField

__all__ = [
    "AssignForm",
    "ConfirmForm",
    "CopyForm",
    "DeclineForm",
    "ExtensionForm",
    "FilterForm",
    "GrantForm",
    "LinkForm",
    "ReasonForm",
    "ReassignForm",
    "RecordForm",
    "RefuseForm",
    "ResumeForm",
    "SenderForm",
    "SplitForm",
    "SupplementForm",
    "TakeInForm",
    "WaitForm",
    "WordsForm",
    "reason_form",
]  # fmt: skip

LONGEST_TITLE = 60
LONGEST_CONTENT = 5_000
NOT_A_PHONE = {"invalid": _("請填台灣的電話，例如 0912-345-678 或 07-123-4567。")}


def _files() -> FilesField:
    return FilesField(label=_("附件"), required=False)


class WordsForm(forms.Form):
    """What happened and what is wanted; where, if it is somewhere."""

    title = forms.CharField(
        label=_("主旨"),
        help_text=_("一句話，例如：某路口的綠燈太短，老人來不及過"),
        max_length=LONGEST_TITLE,
        error_messages={"required": _("請用一句話寫下主旨。")},
    )
    content = forms.CharField(
        label=_("內容"),
        help_text=_("發生什麼事、在什麼時候、希望怎麼處理。一件陳情寫一件事，答覆得比較快。"),
        max_length=LONGEST_CONTENT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("請寫下發生什麼事、希望怎麼處理。")},
    )
    district = forms.ChoiceField(label=_("行政區"), required=False)
    place_words = forms.CharField(label=_("地點"), required=False, max_length=200)
    photos = _files()

    def __init__(self, *args: Any, districts: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["district"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("沒有特定地點")), *districts]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("place_words") and not cleaned.get("district"):
            self.add_error("district", _("寫了地點，請一併選擇行政區。"))
        return cleaned


class SupplementForm(forms.Form):
    """What the petitioner adds later."""

    words = forms.CharField(
        label=_("補充說明"),
        required=False,
        max_length=LONGEST_CONTENT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    photos = _files()


class ConfirmForm(forms.Form):
    """What a mail has no fields for; its sender adds it in confirming."""

    name = forms.CharField(
        label=_("真實姓名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("請填真實姓名。沒有真實姓名的陳情，依法可以不處理。")},
    )
    item = forms.ChoiceField(label=_("什麼事"), help_text=_("選最接近的，我們才找得到主辦機關"))
    district = forms.ChoiceField(label=_("行政區"), required=False)
    phone = forms.RegexField(
        PHONE,
        label=_("手機或電話"),
        required=False,
        error_messages=NOT_A_PHONE,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "class": "govuk-input--width-20"}
        ),
    )

    def __init__(
        self,
        *args: Any,
        items: Iterable[tuple[str, str]],
        districts: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "item", items)
        district = self.fields["district"]
        assert isinstance(district, forms.ChoiceField)
        district.choices = [("", _("沒有特定地點")), *districts]


class SenderForm(forms.Form):
    """Who petitions: true name and a way to be answered."""

    name = forms.CharField(
        label=_("真實姓名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("請填真實姓名。沒有真實姓名的陳情，依法可以不處理。")},
    )
    email = forms.EmailField(
        label=_("電子郵件"),
        help_text=_("答覆會寄到這裡"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.RegexField(
        PHONE,
        label=_("手機或電話"),
        help_text=_("沒有電子郵件的，以簡訊通知"),
        required=False,
        error_messages=NOT_A_PHONE,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "class": "govuk-input--width-20"}
        ),
    )
    address = forms.CharField(
        label=_("地址（要收紙本答覆才填）"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    is_to_mayor = forms.BooleanField(
        label=_("寄給市長信箱"),
        help_text=_("會寄一封確認信到您的電子郵件，7 天內確認後才收件、給案號。"),
        required=False,
    )
    is_confidential = forms.BooleanField(
        label=_("請為我保密"),
        help_text=_("例如檢舉案件。只有承辦人與核定的主管看得到內容。"),
        required=False,
    )
    channel = ChannelField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_to_mayor"):
            if not cleaned.get("email") and "email" not in self.errors:
                self.add_error("email", _("市長信箱要寄確認信給您，請填電子郵件。"))
        elif not (cleaned.get("email") or cleaned.get("phone")) and not self.errors:
            self.add_error("email", _("請填電子郵件或電話，我們才能答覆您。"))
        return cleaned


STAFF_CHANNELS = [
    ("phone", _("電話")),
    ("counter", _("臨櫃")),
    ("letter", _("信件")),
    ("fax", _("傳真")),
    ("email", _("電子郵件")),
    ("sign_video", _("手語視訊")),
]


class TakeInForm(forms.Form):
    """What staff types during a call, at the counter, or from a letter or fax."""

    channel = forms.ChoiceField(label=_("管道"), choices=STAFF_CHANNELS, initial="phone")
    phone = forms.RegexField(
        PHONE,
        label=_("電話"),
        required=False,
        error_messages=NOT_A_PHONE,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "autofocus": True}),
    )
    name = forms.CharField(
        label=_("姓名"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    item = forms.CharField(
        label=_("事項"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "take-in-items", "autocomplete": "off"}),
    )
    title = forms.CharField(
        label=_("主旨"),
        max_length=LONGEST_TITLE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    content = forms.CharField(
        label=_("內容"), max_length=LONGEST_CONTENT, widget=forms.Textarea(attrs={"rows": 5})
    )
    place = forms.CharField(
        label=_("地點"),
        help_text=_("先說行政區，例如：三民建國三路 100 號前"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("電子郵件"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=_("地址"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_to_mayor = forms.BooleanField(label=_("寄給市長"), required=False)
    is_confidential = forms.BooleanField(label=_("保密案件"), required=False)
    received_at = forms.DateTimeField(
        label=_("實際收到時間"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    paper_number = forms.CharField(label=_("來文字號"), required=False, max_length=40)
    photos = _files()
    agency = forms.CharField(required=False, max_length=40)
    """One of those suggested, or none: then the item's."""
    intake_key = forms.CharField(widget=forms.HiddenInput, min_length=16, max_length=64)
    origin = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST, required=False)

    PAPER = ("received_at", "paper_number", "photos")


def reason_form(label: Any, help_text: Any = "") -> type[forms.Form]:
    """A form that asks for a reason."""
    return type("ReasonForm", (forms.Form,), {"reason": why(label, help_text)})


ReasonForm = reason_form(_("原因"))


class WaitForm(forms.Form):
    """What the citizen is asked for."""

    reason = why(_("請民眾補充什麼"), _("這段話會原樣告訴民眾。在民眾補充之前，答覆期限暫停計算。"))


class ResumeForm(forms.Form):
    """What the citizen added."""

    words = why(_("民眾補充了什麼"), required=False)


class DeclineForm(forms.Form):
    """On which ground, why it holds, and what the citizen is told."""

    ground = forms.ChoiceField(
        label=_("依據"),
        choices=[(str(ground), GROUND_WORDS[ground]) for ground in Ground],
        widget=forms.RadioSelect,
    )
    note = why(_("為什麼符合"), _("主管據以核定，只有同仁看得到。"))
    text = why(_("給民眾的說明"), _("核定後會告訴民眾；民眾不服可以撥 1999。"))


class RecordForm(forms.Form):
    """An answer that was given otherwise than by a written reply."""

    text = why(
        _("答覆內容與方式"),
        _("例如：已於今日電話說明……。民眾查進度時看得到，請不要寫個人資料。"),
    )


class CopyForm(forms.Form):
    """Which agency may read along."""

    agency = forms.ChoiceField(
        label=_("副知的機關"), help_text=_("可以看案件內容，不必答覆；看不到陳情人資料。")
    )

    def __init__(self, *args: Any, agencies: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "agency", agencies)


class LinkForm(forms.Form):
    """The same matter as which petition."""

    other = forms.CharField(
        label=_("另一件的案號"),
        help_text=_("兩件會互相連結，各自答覆；不會合成一件。"),
        max_length=40,
    )
    reason = why(_("說明"), required=False)


class FilterForm(FoldingForm):
    """What the list of petitions is narrowed to."""

    always = ("q", "state", "clock", "officer", "order")

    q = forms.CharField(label=_("案號、主旨或內容"), required=False, max_length=100)
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
    item = forms.ChoiceField(label=_("事項"), required=False)
    channel = forms.ChoiceField(label=_("受理管道"), required=False)
    received_from = day_field(_("收件日起"))
    received_until = day_field(_("收件日迄"))
    mayor = forms.BooleanField(label=_("市長信箱"), required=False)
    waiting = forms.BooleanField(label=_("展期待決定"), required=False)

    def wanted(self) -> PetitionFilter:
        """What was asked for, as the queries understand it."""
        given = self.narrowed()
        return PetitionFilter(
            text=given.pop("q", ""),
            received_from=start_of(given.pop("received_from", None)),
            received_until=start_of(given.pop("received_until", None), days_later=1),
            order=self.query().get("order", "-received_at"),
            **given,
        )
