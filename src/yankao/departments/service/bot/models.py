"""Conversations without persons: a random key, what was asked (masked, for a while), what came."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yankao.departments.service.bot.workflow import Channel, State


class Conversation(models.Model):
    """Somebody's questions on one way. ``key`` is random, or a hash that lasts a day (LINE)."""

    key = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=4, choices=[(c, c) for c in Channel])
    started_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["started_at"], name="bot_conversations_by_day")]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class Turn(models.Model):
    """A question and what became of it.

    ``question`` is masked; ``understood`` is what was looked for, with the question before when it
    followed one up. Both are emptied after a while. ``shown`` are [source, key] of entries, the
    answer first when there is one; ``agency`` is the answer's. ``worded`` is the answer in other
    words, shown only while the entry's SHA-256 is ``worded_from``.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    asked_at = models.DateTimeField()
    question = models.CharField(max_length=200, blank=True)
    understood = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=[(s, s) for s in State])
    shown = models.JSONField(default=list)
    agency = models.CharField(max_length=40, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    is_helpful = models.BooleanField(null=True)
    worded = models.TextField(blank=True)
    worded_from = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="bot_answered_shows_an_entry",
                condition=~Q(state=State.ANSWERED) | ~Q(shown=[]),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["asked_at"], name="bot_turns_by_day")]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class SeenEvent(models.Model):
    """An event of LINE that was taken in already; it may be sent again."""

    event = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.event
