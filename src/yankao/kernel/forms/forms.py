"""A declared form as a page's form: the house's fields, judged by ``rules.checked`` alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.html import escape, format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yankao.kernel.forms import rules
from yankao.kernel.forms.rules import Answers, Kind, Problem, Question, Shape

PROBLEMS = {
    Problem.MISSING: gettext_lazy("請回答這一題。"),
    Problem.NO_CHOICE: gettext_lazy("請從列出的答案中選。"),
    Problem.NO_NUMBER: gettext_lazy("請填數字，例如 3 或 2.5。"),
    Problem.NO_DATE: gettext_lazy("請填日期。"),
    Problem.TOO_SMALL: gettext_lazy("數字太小了。"),
    Problem.TOO_LARGE: gettext_lazy("數字太大了。"),
    Problem.TOO_LONG: gettext_lazy("太長了，請寫短一點。"),
}


_HEADING = '<span role="heading" aria-level="1">{}</span>'
"""A label holds phrases only, so the page's heading is one by its role."""


class _OneField(forms.ChoiceField):
    """Django's checks say nothing here: whether an answer fits depends on other answers."""

    def clean(self, value: Any) -> Any:
        return value


class _SeveralField(forms.MultipleChoiceField):
    def clean(self, value: Any) -> Any:
        return value


class _TextField(forms.CharField):
    def clean(self, value: Any) -> Any:
        return value


class AnswerForm(forms.Form):
    """The questions of a version; once valid, ``answers`` are those to what was shown.

    Without a script every question stands on the page and says when it is to be answered.
    """

    answers: Answers
    use_required_attribute = False  # the browser cannot know what is hidden

    def __init__(self, *args: Any, shape: Shape, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "q", **kwargs})
        self.shape, self.answers = shape, {}
        for question in shape.questions:
            self.fields[question.name] = _field(question, shape)

    def clean(self) -> dict[str, Any]:
        result = rules.checked(self.shape, self.cleaned_data)
        for name, problem in result.problems.items():
            self.add_error(name, str(PROBLEMS[problem]))
        self.answers = result.answers
        return self.cleaned_data


class QuestionForm(AnswerForm):
    """One question on a page of its own; its label is the page's heading."""

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        alone = replace(question, show_if=None)
        super().__init__(*args, shape=Shape((alone,)), **kwargs)
        field = self.fields[question.name]
        field.label = format_html(_HEADING, field.label)


def _field(question: Question, shape: Shape) -> forms.Field:
    language = get_language() or ""
    field = _MAKERS[question.kind](question)
    field.label = rules.words_of(question.zh, question.en, language)
    field.required = question.required
    hint = rules.words_of(question.hint_zh, question.hint_en, language)
    hints = filter(None, [hint, _when(question, shape, language)])
    field.help_text = escape(" ".join(hints))  # the page takes it as markup
    if question.show_if is not None:
        field.widget.attrs["data-yk-show-if"] = f"q-{question.show_if.question}"
        field.widget.attrs["data-yk-show-values"] = " ".join(question.show_if.values)
    return field


def _when(question: Question, shape: Shape, language: str) -> str:
    if question.show_if is None:
        return ""
    asked = shape.question(question.show_if.question)
    words = rules.answer_words(asked, list(question.show_if.values), language)
    listed = (_("、")).join(words)
    return _("前面選「%(answers)s」時才需要回答。") % {"answers": listed}


def _one(question: Question) -> forms.Field:
    return _OneField(choices=_choices(question), widget=forms.RadioSelect)


def _several(question: Question) -> forms.Field:
    return _SeveralField(choices=_choices(question), widget=forms.CheckboxSelectMultiple)


def _text(question: Question) -> forms.Field:
    return _TextField(widget=forms.Textarea(attrs={"rows": 4}))


def _number(question: Question) -> forms.Field:
    attrs = {"inputmode": "decimal", "class": "govuk-input--width-10"}
    return _TextField(widget=forms.TextInput(attrs=attrs))


def _date(question: Question) -> forms.Field:
    attrs = {"type": "date", "class": "govuk-input--width-10"}
    return _TextField(widget=forms.DateInput(attrs=attrs))


def _choices(question: Question) -> list[tuple[str, str]]:
    language = get_language() or ""
    return [(one.value, rules.words_of(one.zh, one.en, language)) for one in question.choices]


_MAKERS: dict[Kind, Callable[[Question], forms.Field]] = {
    Kind.ONE: _one,
    Kind.SEVERAL: _several,
    Kind.SCALE: _one,
    Kind.YES_NO: _one,
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
}
