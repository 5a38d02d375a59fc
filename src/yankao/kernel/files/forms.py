"""A form field for files of any kind the city takes."""

from typing import Any

from django import forms
from django.utils.functional import lazystr
from django.utils.translation import gettext as _

from yankao.base.fields import PhotosField
from yankao.kernel.files import rules
from yankao.kernel.files.rules import DOCUMENT, MB, Limits
from yankao.kernel.files.services import limits_for


class FilesField(PhotosField):
    """Several files at once; its hint tells the city's limits."""

    def __init__(self, *, limits: Limits = DOCUMENT, **options: Any) -> None:
        self.limits = limits
        options.setdefault("help_text", lazystr(_Hint(limits)))
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": rules.accepted(self.limits.media_types)}


class _Hint:
    """The limits in a sentence, read when it is shown: a city may have others."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    def __str__(self) -> str:
        limits = limits_for(self.limits)
        words = _("最多 %(files)s 個，每個 %(each)s MB、合計 %(together)s MB 以內（%(types)s）。")
        return words % {
            "files": limits.max_files,
            "each": limits.max_bytes // MB,
            "together": limits.max_total_bytes // MB,
            "types": "、".join(rules.type_names(limits.media_types)),
        }
