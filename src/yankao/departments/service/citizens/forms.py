"""The shape of what citizens type."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.fields import PlainForm
from yankao.departments.service.citizens.queries import CATEGORIES
from yankao.departments.service.citizens.rules import PUBLIC

_BARE = {"autocomplete": "off"}


class EmailForm(PlainForm):
    """Where the code goes."""

    email = forms.EmailField(
        label=_("電子郵件"),
        max_length=200,
        help_text=_("通報或陳情時留的那一個，才看得到那些案件。"),
        widget=forms.EmailInput(attrs={"class": "govuk-input--width-30", "autocomplete": "email"}),
    )


class CodeForm(PlainForm):
    """The code, and whose device it is."""

    code = forms.CharField(
        label=_("驗證碼"),
        max_length=20,
        help_text=_("信裡的 8 個數字。"),
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input--width-10",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
            }
        ),
    )
    own_device = forms.BooleanField(label=_("這是我自己的裝置，30 天內不用再登入"), required=False)


class AddForm(PlainForm):
    """A case that was reported without the address."""

    number = forms.CharField(
        label=_("案號"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", **_BARE}),
    )
    code = forms.CharField(
        label=_("查詢碼"),
        max_length=20,
        help_text=_("收件時和案號一起給您的英文與數字。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", **_BARE}),
    )


class PasskeyForm(PlainForm):
    """A device's answer, and what the passkey is called."""

    name = forms.CharField(
        label=_("這把金鑰的名稱"),
        max_length=60,
        help_text=_("例如：我的手機。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", **_BARE}),
    )


class DeleteForm(PlainForm):
    """Asked once more before an account goes."""

    sure = forms.BooleanField(label=_("我知道帳號刪除後不能復原"))


class WishesForm(PlainForm):
    """What a browser wants; the hidden fields are filled by its push manager."""

    wants = forms.MultipleChoiceField(
        label=_("想收到什麼"),
        choices=[(category.value, words) for category, words in CATEGORIES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    district = forms.ChoiceField(
        label=_("只要哪一區的"),
        required=False,
        help_text=_("災害通報與地區消息；不選就是全市。要選里，請先選區並儲存。"),
    )
    village = forms.ChoiceField(label=_("里"), required=False)
    endpoint = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    p256dh = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    auth = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, districts: Sequence[Any], villages: Sequence[Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        whole_city, whole_district = ("", _("全市")), ("", _("整個區"))
        self.fields["district"].choices = [whole_city, *districts]  # type: ignore[attr-defined]
        self.fields["village"].choices = [whole_district, *villages]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A village of a district chosen before goes with the district."""
        given: dict[str, Any] = super().clean() or {}
        if self.errors.pop("village", None):
            given["village"] = ""
        return given


class BulletinForm(PlainForm):
    """A message to everybody."""

    category = forms.ChoiceField(
        label=_("類別"),
        choices=[(category.value, CATEGORIES[category]) for category in PUBLIC],
        widget=forms.RadioSelect,
    )
    title = forms.CharField(
        label=_("標題"), max_length=40, help_text=_("最多 40 字，手機通知的第一行。")
    )
    words = forms.CharField(
        label=_("內容"),
        max_length=500,
        help_text=_("手機上先看到前幾行，最重要的寫在最前面。不要寫個人資料。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    districts = forms.MultipleChoiceField(
        label=_("行政區"),
        required=False,
        help_text=_("行政區與里都不選就是全市。"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "yk-choices yk-choices--short"}),
    )
    villages = forms.CharField(
        label=_("里"),
        max_length=2000,
        required=False,
        help_text=_("一行一個，連區一起寫，例如：三民區安寧里。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, districts: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["districts"].choices = districts  # type: ignore[attr-defined]


class ReasonForm(PlainForm):
    """Why, asked as fits the move."""

    reason = forms.CharField(max_length=300)

    def __init__(self, *args: Any, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label
