"""The shape of what citizens type."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.fields import PlainForm

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
