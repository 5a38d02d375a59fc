"""The shape of the log's filter."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.kernel.notices import queries, words
from yankao.kernel.notices.queries import LogFilter

ANY = ("", _("全部"))


class LogFilterForm(forms.Form):
    """Status, channel, template; everything may stay empty."""

    status = forms.ChoiceField(
        label=_("狀態"), required=False, choices=[ANY, *words.STATUSES.items()]
    )
    failure = forms.ChoiceField(
        label=_("未送達的種類"), required=False, choices=[ANY, *words.FAILURES.items()]
    )
    channel = forms.ChoiceField(
        label=_("管道"), required=False, choices=[ANY, *words.CHANNELS.items()]
    )
    template = forms.ChoiceField(label=_("範本"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [(key, key) for key in queries.template_keys()]
        self.fields["template"].choices = [ANY, *keys]  # type: ignore[attr-defined]

    def wanted(self) -> LogFilter:
        """The filter; call it on a valid form."""
        return LogFilter(**self.cleaned_data)
