"""Shapes of what people type; policy is the services'."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from yankao.base.fields import PhotosField

LONGEST_DESCRIPTION = 500
PHONE = r"^$|^(\+886[ -]?|0)[1-9][0-9 ()#-]{6,20}$"
"""A Taiwan number; letters to anywhere else would cost the city and help nobody."""


class WhereForm(forms.Form):
    """A point from the map or the phone, or a district with words."""

    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    district = forms.ChoiceField(label=_("行政區"), required=False)
    words = forms.CharField(
        label=_("地點說明"),
        help_text=_("例如：三民區建國三路 100 號前、快車道"),
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


class DetailsForm(forms.Form):
    """What is the matter, in words and pictures."""

    photos = PhotosField(
        label=_("照片"),
        help_text=_("最多 6 張，每張 10 MB 以內（JPEG、PNG、WebP）。請避免拍到人臉與車牌。"),
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


class LookupForm(forms.Form):
    """A case number with its check code."""

    number = forms.CharField(label=_("案號"), max_length=40, help_text=_("例如：D115112100042"))
    code = forms.CharField(label=_("查詢碼"), max_length=12, help_text=_("收件畫面上的 6 碼英數字"))


class DoneForm(forms.Form):
    """The proof that the work is done."""

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


class AssignForm(forms.Form):
    """Which officer."""

    person = forms.TypedChoiceField(label=_("承辦人"), coerce=int)

    def __init__(self, *args: Any, officers: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(officer.id, officer.name) for officer in officers]


class FilterForm(forms.Form):
    """What the case list is narrowed to."""

    q = forms.CharField(label=_("案號、地點或描述"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("狀態"), required=False)
    district = forms.ChoiceField(label=_("行政區"), required=False)
    agency = forms.ChoiceField(label=_("主辦機關"), required=False)
    item = forms.ChoiceField(label=_("項目"), required=False)
    received_from = forms.DateField(
        label=_("受理日起"),
        required=False,
        validators=[MaxValueValidator(date(2200, 1, 1)), MinValueValidator(date(1912, 1, 1))],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    received_until = forms.DateField(
        label=_("受理日迄"),
        required=False,
        validators=[MaxValueValidator(date(2200, 1, 1)), MinValueValidator(date(1912, 1, 1))],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    order = forms.ChoiceField(label=_("排序"), required=False)

    def __init__(
        self, *args: Any, choices: dict[str, list[tuple[str, Any]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options if name == "order" else [("", _("全部")), *options]
