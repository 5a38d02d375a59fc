"""What a letter names, in the languages a citizen may read it in, whoever causes it."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.utils import translation

Words = Callable[[], Mapping[str, object]]
"""Makes what a letter names, in the language in force."""


def in_city_language(words: Words) -> Mapping[str, object]:
    """The words in the city's language, whatever the one who causes a letter reads."""
    with translation.override(settings.LANGUAGE_CODE):
        return words()


def in_english(language: str, words: Words) -> Mapping[str, object] | None:
    """The words in English for who uses it (``language``: a code of Django's), else None."""
    if not language.startswith("en"):
        return None
    with translation.override("en"):
        return words()
