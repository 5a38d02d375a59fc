"""Template tags ``ui``: how values look. Formatting only; nothing decides or asks the database."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Paginator
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from yankao.base import formats, local_names

register = template.Library()

TONE_ICONS = {
    "ok": "ok",
    "today": "today",
    "late": "late",
    "paused": "paused",
    "closed": "closed",
    "info": "info",
}

register.filter("roc_date", formats.roc_date)
register.filter("roc_long", formats.roc_long)
register.filter("roc_month", formats.roc_month)
register.filter("roc_datetime", formats.roc_datetime)
register.filter("iso", formats.iso)
register.filter("file_size", formats.file_size)
register.filter("local", local_names.local)


@register.filter
def thousands(number: int | float | Decimal | str | None, places: int | None = None) -> str:
    """12,345; ``|thousands:1`` rounds half up to one place; text passes as it is."""
    return number if isinstance(number, str) else formats.thousands(number, places)


@register.filter
def due_words(due_at: datetime | None, now: datetime) -> str:
    """剩 1 時 20 分 / 逾 2 日."""
    return formats.due_words(due_at, now)


@register.filter
def moment(day: date | None) -> SafeString:
    """A ``<time>`` element: machine-readable inside, ROC outside."""
    if not day:  # also "", what a template has of nothing
        return format_html("<span>{}</span>", formats.MISSING)
    words = formats.roc_datetime(day) if isinstance(day, datetime) else formats.roc_date(day)
    return format_html('<time datetime="{}">{}</time>', formats.iso(day), words)


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """An icon of the sprite; decorative unless it has a title."""
    if not title:
        return _decoration(name)
    return format_html(
        '<svg class="yk-icon" role="img" aria-label="{}" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        title,
        static("icons.svg"),
        name,
    )


@lru_cache(maxsize=256)
def _decoration(name: str) -> SafeString:
    return format_html(
        '<svg class="yk-icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


@register.simple_tag
def tag(tone: str, word: object, icon_name: str = "") -> SafeString:
    """A state as a word with its icon, see ``ui/tag.html``."""
    tone = tone or "neutral"
    drawn = icon(icon_name or tone_icon(tone))
    return format_html('<span class="yk-tag yk-tag--{}">{}{}</span>', tone, drawn, word)


@register.simple_tag
def city_map() -> dict[str, Any]:
    """Where the city's boundaries lie among the assets, and where its maps open."""
    code, view = settings.CITY["code"], settings.CITY.get("map", {})
    return {
        "districts": static(f"places/{code}-districts.geojson"),
        "villages": static(f"places/{code}-villages.geojson"),
        "view": ",".join(str(view[name]) for name in ("lng", "lat", "zoom") if name in view),
    }


@register.simple_tag
def clock(
    due_at: datetime | None,
    now: datetime,
    state: str | None = None,
    ended_at: datetime | None = None,
    short: object = False,
) -> SafeString:
    """A clock with its words and, unless ``short``, its true time, see ``ui/clock.html``."""
    face = formats.clock_face(
        due_at=due_at, now=now, state=state or "open", ended_at=ended_at or None
    )
    return format_html(
        '<span class="yk-clock yk-clock--{}"><span class="yk-clock__state">{}'
        '<span class="govuk-visually-hidden">{}：</span>{}</span>{}</span>',
        *(face.tone, icon(face.icon), face.word, face.words),
        format_html(' <span class="yk-clock__at">{}</span>', moment(due_at))
        if due_at and not short
        else "",
    )


@register.simple_tag
def attributes(widget: Mapping[str, Any]) -> SafeString:
    """A widget's attributes but its class."""
    return flatatt({name: value for name, value in widget["attrs"].items() if name != "class"})


@register.simple_tag
def options(widget: Mapping[str, Any]) -> SafeString:
    """The options of a select: as a template, a list of a city's items takes ten times as long."""
    return mark_safe("".join(_groups(widget["optgroups"])))  # noqa: S308 – escaped


def _groups(groups: Iterable[tuple[str | None, Iterable[Mapping[str, Any]], int]]) -> Iterator[str]:
    for name, choices, _index in groups:
        if name:
            yield format_html('<optgroup label="{}">', name)
        for one in choices:
            value, label = escape(str(one["value"])), conditional_escape(one["label"])
            more = flatatt(one["attrs"]) if one["attrs"] else ""
            yield f'<option value="{value}"{more}>{label}</option>'
        if name:
            yield "</optgroup>"


@register.filter
def page_numbers(paginator: "Paginator[Any]", number: int) -> list[int | None]:
    """Page numbers to print, None where some are left out."""
    pages = paginator.get_elided_page_range(number, on_each_side=2, on_ends=1)
    return [page if isinstance(page, int) else None for page in pages]


@register.filter
def starts_with(text: str | None, beginning: str) -> bool:
    """Whether the address lies under another one (marks the current entry of a menu)."""
    return bool(beginning) and str(text or "").startswith(beginning)


@register.filter
def room(url_name: str) -> str:
    """The room of a URL name: its rail icon is the sprite's symbol of that name."""
    return url_name.partition(":")[0]


@register.filter
def coordinate(degrees: float | Decimal | str) -> str:
    """Degrees to six places (10 cm), a point as decimal sign in every language."""
    return f"{float(degrees):.6f}"


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that goes with a tone, so that a state is never told by colour alone."""
    return TONE_ICONS.get(tone, "dot")


@register.filter
def is_number(cell: Any) -> bool:
    """Numbers stand at the right of a table's column."""
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


@register.filter
def element(value: Any, key: Any) -> Any:
    """``mapping[key]`` with a key held in a variable; empty when it is not there."""
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return ""
