"""Form fields and helpers that Django lacks."""

from collections.abc import Sequence
from typing import Any

from django import forms

from yankao.base.errors import Refused
from yankao.base.http import Request


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several pictures at once; cleaned to a list of uploads."""

    widget = _SeveralFiles

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Pictures only, with a preview where there is JavaScript."""
        accept = "image/jpeg,image/png,image/webp"
        return {**super().widget_attrs(widget), "accept": accept, "data-yk-photos": True}

    def clean(self, uploads: Any, initial: Any = None) -> list[Any]:
        single = super().clean
        if not isinstance(uploads, Sequence) or not uploads:
            cleaned = single(uploads or None, initial)
            return [cleaned] if cleaned else []
        return [single(upload, initial) for upload in uploads]


def show_refusal(form: forms.Form, refusal: Refused) -> None:
    """Put a service's refusal beside the field it is about, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)


def sent(request: Request) -> tuple[Any, Any]:
    """What a form is bound to: the answers and files of a POST, however empty, else nothing."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
