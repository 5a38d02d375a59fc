"""When the answer is due and why, in sentences a citizen understands, for both sides."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yankao.base import formats
from yankao.departments.service.petitions.queries import WhyDue
from yankao.kernel.calendar.words import amount_words


def sentences(why: WhyDue | None) -> list[str]:
    """The rule first, then what moved the day; none when nothing is owed any more."""
    return [] if why is None else list(_sentences(why))


def _sentences(why: WhyDue) -> Iterator[str]:
    if why.is_waiting:
        yield _("正在等民眾補充資料，期限暫停；補充後從隔天繼續算。")
    else:
        yield _begun(why) % {
            "day": formats.roc_date(why.begun_at),
            "amount": amount_words(why.unit, why.amount),
            "due": formats.roc_date(why.due_at),
        }
    if why.extended_by:
        amount = amount_words(why.unit, why.extended_by)
        yield _("已核准展期 %(amount)s。") % {"amount": amount}
    if why.waited:
        yield ngettext(
            "等民眾補充資料的 %(days)s 天沒有計入。",
            "等民眾補充資料的 %(days)s 天沒有計入。",
            why.waited,
        ) % {"days": why.waited}
    if why.stopped:
        yield ngettext(
            "停班的 %(days)s 天沒有計入。", "停班的 %(days)s 天沒有計入。", why.stopped
        ) % {"days": why.stopped}
    if why.is_handed_on:
        yield _("案件改由其他機關辦理，不延後答覆民眾的期限。")


def _begun(why: WhyDue) -> str:
    if why.is_reopened:
        return _("%(day)s重啟，隔天起算 %(amount)s，要在%(due)s前答覆。")
    return _("%(day)s收件，隔天起算 %(amount)s，要在%(due)s前答覆。")
