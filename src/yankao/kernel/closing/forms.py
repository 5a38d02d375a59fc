"""What is asked before a month is closed, restated or decided about."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class CloseForm(forms.Form):
    """A note on the closing; that what is unfinished was seen, where something is."""

    seen = forms.BooleanField(label=_("我看過上面尚未完成的事項"), required=False)
    note = forms.CharField(
        label=_("備註"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-30"}),
        help_text=_("會記入稽核軌跡，例如：兩個機關同意以後更正。"),
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("請寫下理由。")},
    )


class ApproveForm(ReasonForm):
    """What is said to an approval, if anything."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False
        self.fields["reason"].label = _("核定的說明")


class ProposeForm(ReasonForm):
    """The reason of a restatement, which is told wherever the new number is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("更正的理由（會公開）")
        self.fields["reason"].help_text = _(
            "核定後，這段話和新舊數字一起公布給所有人看。請寫更正了什麼、為什麼；"
            "不要寫民眾或同仁的姓名、電話、案號。"
        )
