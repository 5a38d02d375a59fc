"""What is wrong with a form, in words for who writes it."""

from django.utils.translation import gettext_lazy

from yankao.kernel.forms.rules import (
    LONGEST_TEXT,
    MOST_CHOICES,
    MOST_QUESTIONS,
    Kind,
    ShapeWrong,
    Wrong,
)

KINDS = {
    Kind.SCALE: gettext_lazy("五級量表（1 最好）"),
    Kind.ONE: gettext_lazy("單選"),
    Kind.SEVERAL: gettext_lazy("複選"),
    Kind.YES_NO: gettext_lazy("是或否"),
    Kind.TEXT: gettext_lazy("文字"),
    Kind.NUMBER: gettext_lazy("數字"),
    Kind.DATE: gettext_lazy("日期"),
}

_WRONG = {
    Wrong.QUESTIONS: gettext_lazy("題目要有 1 到 %(questions)s 題。"),
    Wrong.NAME: gettext_lazy(
        "第 %(place)s 題的代碼「%(what)s」不能用。請用小寫英文字母開頭，"
        "只用小寫英文字母、數字與底線，最多 40 個字。"
    ),
    Wrong.TWICE: gettext_lazy("第 %(place)s 題的代碼「%(what)s」前面已經用過，請換一個。"),
    Wrong.WORDS: gettext_lazy("第 %(place)s 題沒有中文的題目。"),
    Wrong.KIND: gettext_lazy("第 %(place)s 題的題型「%(what)s」這裡沒有。"),
    Wrong.TEXT: gettext_lazy("第 %(place)s 題有文字太長或不是文字，一段最多 %(text)s 個字。"),
    Wrong.BOUND: gettext_lazy("第 %(place)s 題的上下限「%(what)s」不是數字。"),
    Wrong.BOUNDS: gettext_lazy("第 %(place)s 題的下限比上限大。"),
    Wrong.CHOICES: gettext_lazy("第 %(place)s 題要有 2 到 %(choices)s 個答案，而且代碼不能重複。"),
    Wrong.CHOICE: gettext_lazy(
        "第 %(place)s 題有一個答案的代碼「%(what)s」不能用，或沒有中文。"
        "代碼只用英文字母、數字、底線與連字號。"
    ),
    Wrong.SCALE: gettext_lazy("第 %(place)s 題是量表，答案的代碼要是 1 到 5。"),
    Wrong.SHOW_IF: gettext_lazy(
        "第 %(place)s 題要看「%(what)s」的答案才問，但它不在前面，或沒有那些答案。"
        "請先改第 %(place)s 題的條件。"
    ),
}


def wrong_words(error: ShapeWrong) -> str:
    """What is wrong, where, and what to do."""
    return str(_WRONG[error.wrong]) % {
        "place": error.place,
        "what": error.what,
        "questions": MOST_QUESTIONS,
        "choices": MOST_CHOICES,
        "text": LONGEST_TEXT,
    }


def kind_words(kind: Kind) -> str:
    """What a kind of question is called."""
    return str(KINDS[kind])
