"""Taking a person out of a record and of everything the house keeps around it."""

from datetime import datetime

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.casework.personal import everything_about, holders
from yankao.kernel.files import queries as files_read
from yankao.kernel.files import services as files
from yankao.kernel.files.rules import Purpose
from yankao.kernel.notices import services as notices
from yankao.kernel.replies import services as replies
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail


def erase_record(subject: Subject, *, reason: str, agency: str, actor: Actor, at: datetime) -> None:
    """The record stays, who was behind it goes: contact, words that name them, their files, the
    addresses and texts of letters, the words of replies, personal values of the trail, the index.

    The trail keeps that it was done, when, by whom and why (``reason``), not what was erased.
    """
    around = everything_about(subject)
    for one in around:
        notices.forget_addresses(subject=one, reason=reason, actor=actor, at=at)
        replies.forget_words(subject=one, reason=reason, actor=actor, at=at)
        for file in files_read.attachments_of(one, purposes=[Purpose.REPORT]):
            files.remove(attachment_id=file.id, reason=reason, actor=actor, at=at)
    holders()[subject.kind].erase(id=subject.id)
    for one in around:
        trail.erase_personal(subject=one, actor=actor, at=at, reason=reason)
    search.touch(around)
    trail.record(
        actor=actor,
        action="service.privacy.erased",
        subject=subject,
        at=at,
        new={"records": len(around)},
        reason=reason,
        agency=agency,
    )
