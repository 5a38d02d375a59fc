"""What somebody writes about a letter set aside."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ThrowAwayForm(forms.Form):
    """Why a letter is thrown away."""

    reason = forms.CharField(
        label=_("理由"),
        help_text=_("例如：垃圾信、已用電話登錄。信會從郵件伺服器刪除。"),
        max_length=200,
    )
