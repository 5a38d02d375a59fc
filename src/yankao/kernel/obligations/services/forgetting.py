"""What was said with an obligation's moves no longer names the person behind its subject."""

from collections.abc import Sequence

from django.db import transaction

from yankao.base.masking import masked
from yankao.base.subjects import Subject
from yankao.kernel.obligations.models import Obligation, ObligationChange, ObligationPause


def mask_reasons(*, subject: Subject, words: Sequence[str]) -> None:
    """Mask the words in every reason given about the subject; again changes nothing.

    Who erases the person writes the trail.
    """
    with transaction.atomic():
        about = Obligation.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
        for one in about.exclude(outcome_reason=""):
            one.outcome_reason = masked(one.outcome_reason, words)[:300]
            one.save(update_fields=["outcome_reason"])
        for rows in (ObligationChange.objects, ObligationPause.objects):
            for row in rows.filter(obligation__in=about).exclude(reason=""):
                row.reason = masked(row.reason, words)[:300]
                row.save(update_fields=["reason"])
