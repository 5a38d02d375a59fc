"""SV7 智能客服: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.demo_year import YearPart
from yankao.base.registry import NavItem, Permission, System
from yankao.departments.service.bot import figures, services
from yankao.departments.service.bot.facts import PEOPLE, QUESTIONS
from yankao.departments.service.bot.workflow import Channel
from yankao.departments.service.bot.workflow import Permission as P
from yankao.kernel.doors.declarations import Door
from yankao.kernel.figures.declarations import DimensionLabels

CHANNEL_WORDS = {Channel.WEB: _("網站"), Channel.LINE: _("LINE")}


def channel_names() -> dict[str, str]:
    """What channels are called."""
    return {str(channel): str(words) for channel, words in CHANNEL_WORDS.items()}


SYSTEM = System(
    name="service.bot",
    title=_("智能客服"),
    department="service",
    permissions=(
        Permission(
            P.READ,
            _("看智能客服的成效與問不到答案的提問"),
            roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR"),
        ),
    ),
    offers=(
        PEOPLE,
        QUESTIONS,
        *figures.FIGURES,
        YearPart("bot", _("智能客服提問"), 80, services.generate_year),
        *(
            DimensionLabels(dimension="channel", labels=channel_names, fact=fact.name)
            for fact in (PEOPLE, QUESTIONS)
        ),
        # Limits of an address are for programs: a whole carrier's phones may share one (ADR 0012).
        Door("service.bot.ask", _("智能客服提問"), limits=((600, 3600), (4000, 86_400))),
        Door("service.bot.gaps", _("智能客服留下沒有答案的提問"), limits=((60, 3600),)),
    ),
    jobs=("service.bot.forget", services.line.REPLY_JOB),
    urls="yankao.departments.service.bot.pages",
    nav=(NavItem(_("智能客服"), "service_bot:report", P.READ, order=46),),
)
