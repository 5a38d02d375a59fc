"""The shape of the trail's filter."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.subjects import Subject
from yankao.kernel.trail.queries import Filter

_SUBJECT = re.compile(r"\s*([\w.]{1,64})\s*[::]\s*(\d{1,18})\s*", re.ASCII)


class FilterForm(forms.Form):
    """Whose, what, about what, from when to when; everything may stay empty."""

    actor = forms.CharField(
        label=_("行為人"),
        required=False,
        max_length=150,
        help_text=_("全名，或 person:12"),
    )
    action = forms.CharField(
        label=_("動作"),
        required=False,
        max_length=100,
        help_text=_("以「.」結尾查一整類"),
    )
    subject = forms.CharField(
        label=_("對象"),
        required=False,
        max_length=90,
        help_text=_("如 service.dispatch:12"),
    )
    from_on = forms.DateField(
        label=_("起日"),
        required=False,
        help_text=_("含這一天"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    to_on = forms.DateField(
        label=_("迄日"),
        required=False,
        help_text=_("含這一天"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_subject(self) -> Subject | None:
        typed: str = self.cleaned_data["subject"]
        if not typed:
            return None
        found = _SUBJECT.fullmatch(typed)
        if not found:
            raise forms.ValidationError(_("對象要寫成「種類:編號」，例如 service.dispatch:12。"))
        return Subject(found[1], int(found[2]))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("from_on"), cleaned.get("to_on")
        if first and last and first > last:
            self.add_error("to_on", _("迄日不能早於起日。"))
        return cleaned

    def wanted(self) -> Filter:
        """The filter; call it on a valid form."""
        return Filter(**self.cleaned_data)
