"""One move on many records: each in a transaction of its own, and what came of each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from yankao.base.errors import Invalid, Refused
from yankao.base.transactions import durable

MOST = 200


class NothingChosen(Invalid):
    """No record was selected."""


class TooManyChosen(Invalid):
    """More records than one may move at once."""


@dataclass(slots=True)
class Outcome:
    """What was done, and what was not, with the reason in words."""

    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def chosen(keys: Iterable[str]) -> list[str]:
    """What was ticked, once each. Raises NothingChosen, TooManyChosen."""
    found = list(dict.fromkeys(key for key in keys if key))
    if not found:
        raise NothingChosen("base.nothing_chosen", _("還沒有勾選。請回清單勾選後再按。"))
    if len(found) > MOST:
        message = _("一次最多 %(most)s 件。請減少勾選，分次處理。")
        raise TooManyChosen("base.too_many_chosen", message % {"most": MOST})
    return found


def run_each(keys: Sequence[str], act: Callable[[str], object]) -> Outcome:
    """Act on each; a refusal stops only its own record."""
    outcome = Outcome()
    for key in keys:
        try:
            with durable():
                act(key)
        except Refused as refusal:
            outcome.refused.append((key, refusal.message))
        else:
            outcome.done.append(key)
    return outcome
