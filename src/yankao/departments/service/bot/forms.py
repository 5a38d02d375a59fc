"""The shape of a question."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.departments.service.bot import rules


class QuestionForm(forms.Form):
    """One line in one's own words."""

    q = forms.CharField(
        label=_("您的問題"),
        max_length=rules.LONGEST,
        error_messages={
            "required": _("請寫下您的問題。"),
            "max_length": _("問題最多 200 個字。請寫得短一點。"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "send"}),
    )
