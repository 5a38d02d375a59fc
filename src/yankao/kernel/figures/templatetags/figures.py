"""Template filters ``figures``: periods in the reader's language."""

from django import template

from yankao.kernel.figures import wording

register = template.Library()
register.filter("period_words", wording.period_words)
register.filter("short_period_words", wording.short_period_words)
