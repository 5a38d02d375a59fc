"""Form fields and helpers that Django lacks."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from yankao.base.errors import Refused
from yankao.base.http import Request


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


MOST_FILES = 6
MOST_BYTES = 24 * 1024 * 1024


def _check_amount(uploads: Sequence[Any]) -> None:
    """Count and weigh before anything is opened; the exact limits are the files room's."""
    if len(uploads) > MOST_FILES:
        raise forms.ValidationError(_("一次最多 %(most)s 張照片。") % {"most": MOST_FILES})
    if sum(upload.size for upload in uploads) > MOST_BYTES:
        raise forms.ValidationError(_("照片加起來太大，請分次加入或縮小後再試。"))


class PhotosField(forms.FileField):
    """Several pictures at once; cleaned to a list of uploads."""

    widget = _SeveralFiles

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Pictures only, with a preview where there is JavaScript."""
        accept = "image/jpeg,image/png,image/webp,image/heic,.heic"
        return {**super().widget_attrs(widget), "accept": accept, "data-yk-photos": True}

    def clean(self, uploads: Any, initial: Any = None) -> list[Any]:
        """The uploads of this time; what was kept earlier is the page's business, not ours."""
        single = super().clean
        if isinstance(uploads, Sequence):
            _check_amount(uploads)
        if not isinstance(uploads, Sequence) or not uploads:
            cleaned = single(uploads or None)
            return [cleaned] if cleaned else []
        return [single(upload, initial) for upload in uploads]


class PlainForm(forms.Form):
    """A form that says in plain words which field is still empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            chooses = isinstance(field, forms.ChoiceField)
            sentence = _("請選擇%(field)s。") if chooses else _("請填寫%(field)s。")
            field.error_messages["required"] = sentence % {"field": field.label}


def show_refusal(form: forms.Form, refusal: Refused) -> None:
    """Put a service's refusal beside the field it is about, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)


def sent(request: Request) -> tuple[Any, Any]:
    """What a form is bound to: the answers and files of a POST, however empty, else nothing."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
