"""Mailboxes as they were last found, letters, and their words as long as somebody needs them."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from yankao.kernel.mailboxes.rules import State


class BoxState(models.Model):
    """How a mailbox was found; no row = it was never asked."""

    name = models.CharField(max_length=40, primary_key=True)
    tried_at = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    """When it was last read to the end."""
    waiting = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class Mail(models.Model):
    """A letter that was found in a mailbox: nobody's name, only what became of it.

    ``digest`` recognises it however often and under whatever number the server shows it again;
    ``sender_digest`` counts a sender's letters.
    """

    mailbox = models.CharField(max_length=40)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sender_digest = models.CharField(max_length=64, blank=True)
    message_id = models.CharField(max_length=250, blank=True)
    found_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, default=State.READING.value)
    reason = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    subject_kind = models.CharField(max_length=64, blank=True)
    subject_id = models.BigIntegerField(null=True)
    wish = models.CharField(max_length=12, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["-found_at", "-id"]
        constraints: ClassVar = [
            UniqueConstraint(name="mail_once", fields=["mailbox", "uidvalidity", "uid"]),
            CheckConstraint(
                name="mail_known_state",
                condition=Q(state__in=sorted(state.value for state in State)),
            ),
            CheckConstraint(
                name="mail_taken_became_something",
                condition=~Q(state="taken") | Q(subject_id__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            Index(fields=["digest"], name="mail_digest", condition=~Q(digest="")),
            Index(fields=["sender_digest", "found_at"], name="mail_sender"),
            Index(fields=["-found_at", "-id"], name="mail_aside", condition=Q(state__in=["aside"])),
            Index(fields=["mailbox"], name="mail_wished", condition=~Q(wish="")),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox} {self.uid}"


class Words(models.Model):
    """Who wrote and what, of a letter set aside; deleting the row forgets both."""

    mail = models.OneToOneField(
        Mail, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.mail_id)


class Answer(models.Model):
    """Which letter a notice of ours answers: its headers say so (RFC 3834)."""

    notice_id = models.BigIntegerField(primary_key=True)
    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="answers")

    def __str__(self) -> str:
        return f"{self.notice_id} → {self.mail_id}"
