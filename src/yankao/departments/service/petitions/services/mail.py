"""Mail in: a letter waits outside until it is confirmed; an answer to our mail joins its case."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import ANONYMOUS, system_actor
from yankao.base.subjects import Subject
from yankao.departments.service.petitions.models import Letter, Petition
from yankao.departments.service.petitions.services import common, intake, supplementing
from yankao.departments.service.petitions.services.intake import (
    LETTERS_A_DAY,
    Matter,
    Sender,
    TooManyLetters,
    WordsMissing,
)
from yankao.departments.service.petitions.workflow import KIND, LETTER
from yankao.kernel.files.rules import DOCUMENT
from yankao.kernel.mailboxes import declarations as mailboxes
from yankao.kernel.mailboxes import queries as mail_queries
from yankao.kernel.mailboxes import services as mail_services
from yankao.kernel.notices.languages import in_city_language

LONGEST_TITLE = 60
POSTMAN = system_actor("mail")


class PetitionMail:
    """What becomes of mails to the city: offered to ``kernel.mailboxes``.

    ``options`` of the mailbox: ``item`` (code; its sender chooses in confirming) and ``to_mayor``.
    """

    mail_use = "service.petitions"
    mail_title = gettext_lazy("人民陳情")
    mail_files = DOCUMENT
    mail_subjects = frozenset({KIND, LETTER})

    def take_mail(self, letter: mailboxes.Letter, *, at: datetime) -> Subject:
        """The letter that waits, or the case it joins."""
        about = letter.about
        if about is not None and about.kind == LETTER:
            waiting = Letter.objects.select_for_update().filter(pk=about.id).first()
            if waiting is not None and waiting.ended_at is None and at <= waiting.until_at:
                return _add_to_letter(waiting, letter, at=at)
            about = None if waiting is None or waiting.petition_id is None else Subject(
                KIND, waiting.petition_id
            )  # fmt: skip
        if about is not None:
            return _add_to_petition(about.id, letter, at=at)
        return _begin(letter, at=at)


# --- a new matter --------------------------------------------------------------------------------


def _begin(mail: mailboxes.Letter, *, at: datetime) -> Subject:
    """Keep the letter and ask its sender to confirm it: whoever wrote it may not be the sender."""
    _check_share(mail.sender, at)
    if not mail.text and not mail.attached:
        raise WordsMissing(
            "petitions.no_content", _("信裡沒有文字，也沒有可以收的附件。"), "content"
        )
    letter = intake.keep_letter(
        Matter(
            item=str(mail.options.get("item", "other")),
            title=_title(mail),
            content=_content(mail) or str(_("（只有附件）")),
        ),
        Sender(name=mail.sender_name[:60], email=mail.sender),
        mail.attached,
        key=f"mail-{mail.id}",
        actor=ANONYMOUS,
        at=at,
        channel="email",
        is_to_mayor=bool(mail.options.get("to_mayor", False)),
    )
    _ask_to_confirm(letter, mail, at=at)
    return Subject(LETTER, letter.pk)


def _check_share(address: str, at: datetime) -> None:
    earlier = Letter.objects.filter(
        sent_at__gt=at - timedelta(days=1), written__sender__email=address
    )
    if earlier.count() >= LETTERS_A_DAY:
        message = _("這個地址今天已有 %(most)s 封信等著確認，沒有再寄確認信。")
        raise TooManyLetters("petitions.too_many_letters", message % {"most": LETTERS_A_DAY})


def _ask_to_confirm(letter: Letter, mail: mailboxes.Letter, *, at: datetime) -> None:
    context = in_city_language(partial(intake.context_of_letter, letter))
    mail_services.answer(
        letter=mail,
        template="petitions.confirm_mail",
        context={**context, "refused": _refused(mail)},
        subject=Subject(LETTER, letter.pk),
        at=at,
        is_needed=True,
    )


def _title(mail: mailboxes.Letter) -> str:
    first = next((line.strip() for line in mail.text.splitlines() if line.strip()), "")
    return (mail.subject or first or str(_("來信")))[:LONGEST_TITLE]


def _content(mail: mailboxes.Letter) -> str:
    return "\n\n".join(filter(None, (mail.text, _refused(mail))))


def _refused(mail: mailboxes.Letter) -> str:
    """Files that were not taken, for the sender and for whoever handles the case."""
    if not mail.refused:
        return ""
    shown = "、".join(name[:60] for name in mail.refused[:20])
    return _("沒有收下的附件（格式不收，或太大、太多）：%(names)s") % {"names": shown}


# --- more about a matter -------------------------------------------------------------------------


def _add_to_letter(letter: Letter, mail: mailboxes.Letter, *, at: datetime) -> Subject:
    """Somebody answers the mail that asks to confirm: keep it, and ask once more."""
    written: dict[str, Any] = letter.written or {}
    matter = written["matter"]
    more = "\n\n".join(filter(None, (matter["content"], _content(mail))))
    letter.written = {**written, "matter": {**matter, "content": more}}
    letter.save(update_fields=["written"])
    subject = Subject(LETTER, letter.pk)
    common.attach(mail.attached, subject, actor=ANONYMOUS, at=at)
    if _may_answer(subject, at, most=2):
        _ask_to_confirm(letter, mail, at=at)
    return subject


def _may_answer(subject: Subject, at: datetime, *, most: int) -> bool:
    """Nothing goes to and fro for ever, not even with a program that hides that it is one."""
    return mail_queries.answers_about(subject, since=at - timedelta(days=1)) < most


def _add_to_petition(petition_id: int, mail: mailboxes.Letter, *, at: datetime) -> Subject:
    """Put the letter into the case's history and tell its agency; what waited for it goes on."""
    subject = Subject(KIND, petition_id)
    with transaction.atomic():
        personal = {"email": mail.sender, "text": mail.text}
        case = supplementing.add(
            petition_id, _words(petition_id, mail), mail.attached,
            personal=personal, actor=POSTMAN, at=at,
        )  # fmt: skip
        if mail.refused or _may_answer(subject, at, most=1):
            mail_services.answer(
                letter=mail,
                template="petitions.supplemented",
                context={"city": common.context_of(case)["city"], "refused": _refused(mail)},
                subject=subject,
                at=at,
                payer=case.agency_id,
            )
        return subject


def _words(petition_id: int, mail: mailboxes.Letter) -> str:
    """What the letter says; from elsewhere than the petitioner's address, with a warning."""
    known = common.contact_of(Petition.objects.get(pk=petition_id)).email.lower()
    warning = _("（寄件地址與陳情人留的不同，請先確認是不是本人。）")
    return "\n".join(filter(None, ("" if mail.sender == known else warning, _content(mail))))
