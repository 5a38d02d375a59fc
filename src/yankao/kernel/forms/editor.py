"""The page's form for one question of a draft; what it makes is judged by ``rules.read_shape``."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yankao.base.fields import PlainForm
from yankao.kernel.forms import editing, rules
from yankao.kernel.forms.rules import Kind, Question, Shape
from yankao.kernel.forms.words import KINDS

_SEPARATOR = re.compile(r"\s*[|｜]\s*")
_LINES = {"rows": 3}


class EditQuestionForm(PlainForm):
    """Adds a question (``name`` empty) or changes one; ``row`` is the result once valid."""

    kind = forms.ChoiceField(
        label=gettext_lazy("題型"), choices=[(k.value, w) for k, w in KINDS.items()]
    )
    zh = forms.CharField(
        label=gettext_lazy("中文題目"), max_length=300, widget=forms.Textarea(attrs=_LINES)
    )
    en = forms.CharField(
        label=gettext_lazy("英文題目"), max_length=300, required=False,
        widget=forms.Textarea(attrs=_LINES),
    )  # fmt: skip
    hint_zh = forms.CharField(label=gettext_lazy("中文說明"), max_length=300, required=False)
    hint_en = forms.CharField(label=gettext_lazy("英文說明"), max_length=300, required=False)
    required = forms.BooleanField(label=gettext_lazy("一定要回答"), required=False)
    choices = forms.CharField(
        label=gettext_lazy("答案"),
        required=False,
        help_text=gettext_lazy(
            "單選與複選才要填，一行一個：中文，或「代碼｜中文｜英文」，"
            "例如 slow｜等太久｜It took too long。量表留白就用非常滿意到非常不滿意。"
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    no_opinion = forms.BooleanField(label=gettext_lazy("量表可以選「沒有意見」"), required=False)
    least = forms.CharField(label=gettext_lazy("數字的下限"), max_length=20, required=False)
    most = forms.CharField(
        label=gettext_lazy("數字的上限，或文字最多幾個字"), max_length=20, required=False
    )
    show_if = forms.MultipleChoiceField(
        label=gettext_lazy("只在前面選了這些答案時才問"),
        help_text=gettext_lazy("都不勾就每個人都問。只能勾同一題的答案。"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    row: dict[str, Any]

    def __init__(self, *args: Any, shape: Shape, name: str = "", **kwargs: Any) -> None:
        question = shape.question(name) if name else None
        super().__init__(*args, initial=_initial(question) if question else {}, **kwargs)
        self.name = name or _free_name(shape)
        earlier = _earlier(shape, name)
        self.fields["show_if"].choices = _answers(earlier)  # type: ignore[attr-defined]
        if not self.fields["show_if"].choices:  # type: ignore[attr-defined]
            del self.fields["show_if"]
        for key in ("least", "most"):
            self.fields[key].widget.attrs |= {
                "class": "govuk-input--width-5",
                "inputmode": "decimal",
            }

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        row: dict[str, Any] = {"name": self.name, "kind": given.get("kind", "")}
        row |= {key: given[key] for key in _TEXTS if given.get(key)}
        kind = given.get("kind")
        if given.get("required"):
            row["required"] = True
        if kind == Kind.SCALE and given.get("no_opinion"):
            row["no_opinion"] = True
        if kind in (Kind.ONE, Kind.SEVERAL, Kind.SCALE) and given.get("choices"):
            row["choices"] = _read_choices(given["choices"], scale=kind == Kind.SCALE)
        if kind in (Kind.NUMBER, Kind.TEXT):
            row |= {key: given[key].strip() for key in ("least", "most") if given.get(key)}
        row |= self._show_if(given.get("show_if") or [])
        self.row = row
        return given

    def _show_if(self, chosen: Sequence[str]) -> dict[str, Any]:
        pairs = [one.partition("=")[::2] for one in chosen]
        names = {name for name, _value in pairs}
        if len(names) > 1:
            self.add_error("show_if", _("請只勾同一題的答案。"))
        if len(names) != 1:
            return {}
        return {"show_if": {"question": names.pop(), "values": [value for _name, value in pairs]}}


_TEXTS = ("zh", "en", "hint_zh", "hint_en")


def _free_name(shape: Shape) -> str:
    return editing.free_name([{"name": one.name} for one in shape.questions])


def _earlier(shape: Shape, name: str) -> list[Question]:
    names = [one.name for one in shape.questions]
    return list(shape.questions[: names.index(name)] if name in names else shape.questions)


def _answers(questions: Sequence[Question]) -> list[tuple[str, str]]:
    language = get_language() or ""
    return [
        (
            f"{one.name}={choice.value}",
            _("「%(question)s」答「%(answer)s」")
            % {
                "question": rules.words_of(one.zh, one.en, language),
                "answer": rules.words_of(choice.zh, choice.en, language),
            },
        )
        for one in questions
        for choice in one.choices
    ]


def _initial(question: Question) -> dict[str, Any]:
    listed = [one for one in question.choices if one.value != rules.NO_OPINION]
    is_usual = question.kind is Kind.YES_NO or tuple(listed) == rules.SATISFACTION
    lines = [] if is_usual else [_line(one) for one in listed]
    rule = question.show_if
    bounds = {
        key: f"{bound:f}"
        for key, bound in (("least", question.least), ("most", question.most))
        if bound is not None
    }
    return {
        "kind": question.kind.value,
        **{key: getattr(question, key) for key in _TEXTS},
        "required": question.required,
        "no_opinion": len(listed) != len(question.choices) and question.kind is Kind.SCALE,
        "choices": "\n".join(lines),
        "show_if": [f"{rule.question}={value}" for value in rule.values] if rule else [],
        **bounds,
    }


def _line(choice: rules.Choice) -> str:
    return "｜".join(filter(None, (choice.value, choice.zh, choice.en)))


def _read_choices(text: str, *, scale: bool) -> list[Mapping[str, str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [_choice(line, place, scale=scale) for place, line in enumerate(lines, start=1)]


def _choice(line: str, place: int, *, scale: bool) -> Mapping[str, str]:
    """One line; where only words stand its place is its code."""
    value, *words = _SEPARATOR.split(line, maxsplit=2)
    if not words:
        return {"value": str(place) if scale else f"a{place}", "zh": value}
    zh, *en = words
    return {"value": value, "zh": zh, **({"en": en[0]} if en and en[0] else {})}
