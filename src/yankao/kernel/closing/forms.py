"""What is asked before a month is closed, restated or decided about."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class NoteForm(forms.Form):
    """A note on the closing."""

    note = forms.CharField(
        label=_("備註（可不填）"),
        required=False,
        max_length=500,
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

    def __init__(self, *args: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required
