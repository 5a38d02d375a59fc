"""What a list is narrowed to: a form read from the query string, chips, and one way to write it."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Any, Self, cast
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _

from yankao.base import formats
from yankao.base.clock import TAIPEI

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
        elif isinstance(field, MonthField):
            value = formats.roc_month(date.fromisoformat(f"{value}-01"))
        elif isinstance(value, date):
            value = formats.roc_date(value)
        return _("%(filter)s：%(value)s") % {"filter": field.label, "value": value}

    def _given(self) -> dict[str, Any]:
        assert self.is_bound, "a list is asked for by its query string"
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


Choices = Mapping[str, Sequence[tuple[str, Any]]]
"""Options of a form's fields, by field."""


class FoldingForm(NarrowingForm):
    """A narrowing form of many fields: some always shown, the others folded away while unused.

    ``choices`` are the options of its fields, by field; what may be asked of ``order`` has no
    "all".
    """

    quiet = ("order",)
    always: tuple[str, ...] = ()

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ChoiceField):
                options: Any = choices.get(name, field.choices)
                field.choices = options if name == "order" else [("", _("全部")), *options]

    @property
    def shown(self) -> list[forms.BoundField]:
        return [self[name] for name in self.always]

    @property
    def folded(self) -> list[forms.BoundField]:
        return [self[n] for n in self.fields if n not in self.always and self._has_choice(n)]

    def _has_choice(self, name: str) -> bool:
        options: Any = getattr(self.fields[name], "choices", ())
        return len(list(options)) != 1

    @property
    def uses_folded(self) -> bool:
        return any(name not in self.always for name in self.narrowed())


OUR_TIMES = (MaxValueValidator(date(2200, 1, 1)), MinValueValidator(date(1912, 1, 1)))


def day_field(label: Any) -> forms.DateField:
    """A day of a calendar of our times."""
    return forms.DateField(
        label=label,
        required=False,
        validators=OUR_TIMES,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class MonthField(forms.RegexField):
    """A month of our times, as 2026-10."""

    widget = forms.TextInput(attrs={"type": "month"})

    def __init__(self, *, label: Any, **kwargs: Any) -> None:
        pattern = r"^(19[2-9]|20[0-9]|21[0-9])[0-9]-(0[1-9]|1[0-2])\Z"
        super().__init__(pattern, label=label, required=False, max_length=7, **kwargs)


def month_of(text: str) -> tuple[datetime, datetime]:
    """The first instant of a month of ``MonthField``, and of the month after, in Taipei."""
    first = date.fromisoformat(f"{text}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return datetime.combine(first, time(), TAIPEI), datetime.combine(following, time(), TAIPEI)


def start_of(day: date | None, *, days_later: int = 0) -> datetime | None:
    """The first instant of a day in Taipei."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days_later), time(), TAIPEI)


def _as_text(value: Any) -> str:
    return ON if value is True else str(value)
