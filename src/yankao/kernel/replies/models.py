"""Replies with their versions and history, templates, saved replies, who is working on what."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yankao.kernel.replies.rules import LIVE, Channel, Made, Move, State


def _values(enum: type[State] | type[Channel] | type[Made] | type[Move]) -> list[str]:
    return sorted(member.value for member in enum)


class Template(models.Model):
    """A text to begin with. Its words are in its versions; ``key`` names those of the city pack."""

    key = models.CharField(max_length=80, null=True, unique=True)
    kind = models.CharField(_("種類"), max_length=64, blank=True)
    item = models.CharField(_("項目"), max_length=64, blank=True)
    stage = models.CharField(_("階段"), max_length=40, blank=True)
    agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, null=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_replies_template_of_pack_or_agency",
                condition=Q(key__isnull=False, agency__isnull=True)
                | Q(key__isnull=True, agency__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.key or f"{self.agency_id} {self.pk}"


class TemplateVersion(models.Model):
    """One version of a template's words; rows are only ever added."""

    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField(_("版次"))
    title = models.CharField(_("名稱"), max_length=100)
    subject = models.CharField(_("主旨"), max_length=200)
    body = models.TextField(_("內文"))
    reason = models.CharField(_("修改原因"), max_length=200, blank=True)
    at = models.DateTimeField()
    actor_key = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=100)

    class Meta:
        ordering: ClassVar = ["template", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_replies_template_version", fields=["template", "version"]
            ),
            models.CheckConstraint(
                name="kernel_replies_template_whole",
                condition=~Q(title="") & ~Q(subject="") & ~Q(body=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class Reply(models.Model):
    """An agency's answer to a subject, from the first draft to the letter box.

    ``version`` counts its versions; subject line and body repeat the last of them. ``steps`` is the
    chain of approval as it stood at submission, ``step`` the place in it. Of one subject an agency
    has one live reply; former ones stay.
    """

    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        "kernel_people.Unit", on_delete=models.PROTECT, null=True, related_name="+"
    )
    number = models.CharField(_("案號"), max_length=64)
    title = models.CharField(_("案由"), max_length=300)
    stage = models.CharField(_("階段"), max_length=40, blank=True)
    state = models.CharField(_("狀態"), max_length=12, default=State.DRAFT.value)
    channel = models.CharField(_("管道"), max_length=10, blank=True)
    version = models.PositiveIntegerField(default=0)
    subject_line = models.CharField(_("主旨"), max_length=200, blank=True)
    body = models.TextField(_("內文"), blank=True)
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=100)
    written_by_name = models.CharField(max_length=100)
    steps = models.JSONField(default=list)
    step = models.PositiveSmallIntegerField(default=0)
    step_role = models.CharField(max_length=12, blank=True)
    step_agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, null=True, related_name="+"
    )
    obligation_id = models.BigIntegerField(null=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    submitted_version = models.PositiveIntegerField(default=0)
    submitted_by_name = models.CharField(max_length=100, blank=True)
    send_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    posted_on = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_replies_one_live",
                fields=["subject_kind", "subject_id", "agency"],
                condition=Q(state__in=[state.value for state in LIVE]),
            ),
            models.CheckConstraint(
                name="kernel_replies_known_state", condition=Q(state__in=_values(State))
            ),
            models.CheckConstraint(
                name="kernel_replies_known_channel",
                condition=Q(channel="") | Q(channel__in=_values(Channel)),
            ),
            models.CheckConstraint(
                name="kernel_replies_in_approval_waits_for_somebody",
                condition=(Q(state="in_approval") & ~Q(step_role="") & Q(step_agency__isnull=False))
                | (~Q(state="in_approval") & Q(step_role="") & Q(step_agency__isnull=True)),
            ),
            models.CheckConstraint(
                name="kernel_replies_owed_while_waiting",
                condition=Q(state__in=["in_approval", "to_post"], obligation_id__isnull=False)
                | (~Q(state__in=["in_approval", "to_post"]) & Q(obligation_id__isnull=True)),
            ),
            models.CheckConstraint(
                name="kernel_replies_approved_goes_out",
                condition=(Q(state="approved") & Q(send_at__isnull=False))
                | (~Q(state="approved") & Q(send_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="kernel_replies_sent_iff_sent",
                condition=(Q(state="sent") & Q(sent_at__isnull=False))
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["subject_kind", "subject_id", "id"], name="kernel_replies_of_subject"
            ),
            models.Index(
                fields=["agency", "state", "written_at"],
                name="kernel_replies_of_agency",
                condition=Q(state__in=[state.value for state in LIVE]),
            ),
            models.Index(
                fields=["written_by", "written_at"],
                name="kernel_replies_of_author",
                condition=Q(state__in=[state.value for state in LIVE]),
            ),
            models.Index(
                fields=["step_agency", "step_role", "submitted_at"],
                name="kernel_replies_waiting",
                condition=Q(state="in_approval"),
            ),
            models.Index(fields=["number"], name="kernel_replies_number"),
            models.Index(
                fields=["send_at"],
                name="kernel_replies_going_out",
                condition=Q(send_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.agency_id}"


class ReplyVersion(models.Model):
    """The words of a reply at one time and whose they are; rows are only ever added."""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    made = models.CharField(max_length=10)
    subject_line = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    template = models.ForeignKey(
        TemplateVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField()
    actor_key = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=100)
    principal_key = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["reply", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_replies_version_once", fields=["reply", "version"]
            ),
            models.CheckConstraint(
                name="kernel_replies_version_made", condition=Q(made__in=_values(Made))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reply_id} {self.version}"


class ReplyEntry(models.Model):
    """One thing that happened to a reply; rows are only ever added."""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    actor_key = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=100)
    acting_for = models.CharField(max_length=100, blank=True)
    move = models.CharField(max_length=20)
    step = models.CharField(max_length=60, blank=True)
    version = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_replies_known_move", condition=Q(move__in=_values(Move))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reply_id} {self.move}"


class SentReply(models.Model):
    """What went out, exactly. ``letter`` holds the values of a printed letter.

    The database lets nobody change a row, but its words may be erased (``erased_at``); the digest
    stays.
    """

    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, related_name="sent")
    channel = models.CharField(max_length=10)
    version = models.PositiveIntegerField()
    subject_line = models.CharField(max_length=200)
    body = models.TextField()
    letter = models.JSONField(null=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.reply_id} {self.channel}"


class Phrase(models.Model):
    """A saved reply: somebody's own, or also the unit's."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey(
        "kernel_people.Unit", on_delete=models.PROTECT, null=True, related_name="+"
    )
    title = models.CharField(_("名稱"), max_length=60)
    body = models.TextField(_("內文"))
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["title", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_replies_phrase_whole", condition=~Q(title="") & ~Q(body="")
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Presence(models.Model):
    """Somebody has a subject's reply open; forgotten a minute after the last sign of life."""

    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey("kernel_people.Agency", on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_replies_presence_once",
                fields=["subject_kind", "subject_id", "person"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.subject_kind}:{self.subject_id}"


class RouteRow(models.Model):
    """A line of reply_routes.csv: who approves the replies of which agencies, in order."""

    route = models.CharField(max_length=40)
    agency = models.ForeignKey(
        "kernel_people.Agency", on_delete=models.PROTECT, null=True, related_name="+"
    )
    level = models.PositiveSmallIntegerField(null=True)
    steps = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_replies_route_once",
                fields=["route", "agency", "level"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.steps}"
