"""What a list is narrowed to: a form read from the query string, chips, and one way to write it."""

from collections.abc import Mapping
from copy import copy
from datetime import date
from typing import Any, Self, cast
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _

from yankao.base import formats

ON = "on"


class NarrowingForm(forms.Form):
    """Filters of a list; a value that is no choice filters nothing and is dropped.

    ``quiet`` fields (an order) are part of the address, but narrow nothing and have no chip.
    """

    quiet: tuple[str, ...] = ()

    def narrowed(self) -> dict[str, Any]:
        """Every filter in use, by its field."""
        return {name: value for name, value in self._given().items() if name not in self.quiet}

    def query(self) -> dict[str, str]:
        """What was asked for and is known here, as the query string says it."""
        return {name: _as_text(value) for name, value in self._given().items()}

    def another(self, asked: Mapping[str, str]) -> Self:
        """The same form, its choices already read, asked something else."""
        other: Any = copy(self)
        other.data, other._errors, other._bound_fields_cache = asked, None, {}
        return cast(Self, other)

    def chips(self, address: str) -> list[dict[str, str]]:
        """One removable chip for each filter in use; its address is without it."""
        asked = self.query()
        return [
            {
                "label": self.words_of(name),
                "url": f"{address}?{urlencode({k: v for k, v in asked.items() if k != name})}",
            }
            for name in self.narrowed()
        ]

    def words_of(self, name: str) -> str:
        """A filter in words."""
        field, value = self.fields[name], self._given()[name]
        if value is True:
            return str(field.label)
        if isinstance(field, forms.ChoiceField):
            value = dict(field.choices)[value]  # type: ignore[arg-type]
        elif isinstance(value, date):
            value = formats.roc_date(value)
        return _("%(filter)s：%(value)s") % {"filter": field.label, "value": value}

    def _given(self) -> dict[str, Any]:
        assert self.is_bound, "a list is asked for by its query string"
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def _as_text(value: Any) -> str:
    return ON if value is True else str(value)
