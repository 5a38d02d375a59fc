"""The shape of what is typed; whether it may be said is decided by the services."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.narrowing import NarrowingForm
from yankao.kernel.replies.declarations import kinds_of_subjects, reply_subject
from yankao.kernel.replies.rules import LONGEST_BODY, LONGEST_SUBJECT
from yankao.kernel.replies.words import CHANNELS


class WordsForm(forms.Form):
    """A form with a body; line ends as browsers send them become plain ones."""

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")


class DraftForm(WordsForm):
    """A draft as it is written."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    subject_line = forms.CharField(
        label=_("主旨"), max_length=LONGEST_SUBJECT, required=False, strip=False
    )
    body = forms.CharField(
        label=_("內文"),
        max_length=LONGEST_BODY,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "data-yk-text": True}),
    )
    channel = forms.ChoiceField(label=_("回復管道"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, channels: Sequence[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(code, CHANNELS[code]) for code in channels if code in CHANNELS]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]


class ApprovalForm(WordsForm):
    """The words as the approver leaves them, and a remark."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    subject_line = forms.CharField(label=_("主旨"), max_length=LONGEST_SUBJECT, strip=False)
    body = forms.CharField(
        label=_("內文（可以直接修改，修改處會留下紀錄）"),
        max_length=LONGEST_BODY,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
    )
    remark = forms.CharField(label=_("核稿意見"), max_length=300, required=False)


class ReturnForm(forms.Form):
    """Why it goes back."""

    reason = forms.CharField(
        label=_("退回的原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class PostedForm(forms.Form):
    """The day on which the letter was posted."""

    posted_on = forms.DateField(label=_("寄出日"), widget=forms.DateInput(attrs={"type": "date"}))


class PhraseForm(WordsForm):
    """A saved reply."""

    title = forms.CharField(label=_("名稱"), max_length=60)
    body = forms.CharField(
        label=_("內文"), max_length=2_000, strip=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    shared = forms.BooleanField(label=_("分享給同單位的人"), required=False)

    def __init__(self, *args: Any, may_share: bool = True, **more: Any) -> None:
        super().__init__(*args, **more)
        if not may_share:
            del self.fields["shared"]


class TemplateWordsForm(WordsForm):
    """The words of a template, and why they changed."""

    version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("名稱"), max_length=100)
    subject = forms.CharField(label=_("主旨"), max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label=_("內文"),
        max_length=LONGEST_BODY,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "data-yk-text": True}),
    )
    reason = forms.CharField(label=_("修改原因"), max_length=200, required=False)


class NewTemplateForm(TemplateWordsForm):
    """A template with where it belongs; items and stages are those of the kind."""

    agency = forms.ChoiceField(label=_("機關"))
    item = forms.ChoiceField(label=_("項目"), required=False)
    stage = forms.ChoiceField(label=_("階段"), required=False)
    field_order = ("agency", "item", "stage", "title", "subject", "body")

    def __init__(self, *args: Any, kind: str, agencies: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        del self.fields["reason"]
        offer = reply_subject(kind)
        for name, choices, nothing in (
            ("agency", agencies, None),
            ("item", offer.reply_items() if offer else {}, _("所有項目")),
            ("stage", offer.reply_stages if offer else {}, _("所有階段")),
        ):
            first = [] if nothing is None else [("", nothing)]
            self.fields[name].choices = [*first, *choices.items()]  # type: ignore[attr-defined]


class TemplatesForm(NarrowingForm):
    """What the list of templates is narrowed to."""

    kind = forms.ChoiceField(label=_("種類"), required=False)
    text = forms.CharField(label=_("文字"), max_length=60, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds = [("", _("所有種類")), *kinds_of_subjects().items()]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
