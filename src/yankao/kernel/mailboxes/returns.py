"""The mailbox for mails that come back: reports are read in every mailbox, nothing else is here."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.kernel.files.rules import PHOTO, Limits
from yankao.kernel.mailboxes.declarations import Letter
from yankao.kernel.mailboxes.mail_out import RETURNS


class NotAReturn(Refused):
    """Somebody wrote to the address for undeliverable mails."""


class Returns:
    """A use that takes no letters: whoever writes here is looked after by somebody."""

    mail_use = RETURNS
    mail_title = gettext_lazy("退信")
    mail_files: Limits = PHOTO
    mail_subjects: frozenset[str] = frozenset()

    def take_mail(self, letter: Letter, *, at: datetime) -> Subject:
        raise NotAReturn("mailboxes.not_a_return", _("這不是退信，請看是不是民眾寄錯信箱。"))
