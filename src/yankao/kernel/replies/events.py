"""What the room announces. Each carries ``reply_id``, ``subject_kind``, ``subject_id``, ``agency``,
``stage`` and ``at`` (ISO); sent also ``channel``."""

SENT = "kernel.replies.sent"
"""The reply is with the citizen: handed to mail or SMS, or posted on the day ``posted_on``."""

APPROVED = "kernel.replies.approved"
"""The last approval was given; it goes out after the undo window."""

RETURNED = "kernel.replies.returned"
"""Somebody in the chain gave it back to be written anew."""
