"""What our own mails carry, so that answers and undeliverable ones find back."""

from yankao.kernel.mailboxes import queries, rules
from yankao.kernel.mailboxes.boxes import Box, boxes
from yankao.kernel.mailboxes.declarations import use_for
from yankao.kernel.notices.channels import Letter, MailExtras

RETURNS = "kernel.mailboxes.returns"
"""The use of a mailbox for mails that come back."""


class WaysBack:
    """Offered to the notices: Reply-To with the notice's token, Return-Path, In-Reply-To."""

    def mail_extras(self, letter: Letter) -> MailExtras:
        """Headers and return address of a mail that is about to leave."""
        headers: dict[str, str] = {}
        replies = _box_for(letter)
        if replies is not None:
            headers["Reply-To"] = _with_token(replies, letter.uuid)
        answered = queries.answered_by(letter.notice_id)
        if answered:
            headers |= {"In-Reply-To": f"<{answered}>", "References": f"<{answered}>"}
            headers["Auto-Submitted"] = "auto-replied"
        returns = next((box for box in boxes() if box.use == RETURNS), replies)
        is_marked = returns is not None and returns.plus
        return MailExtras(
            headers, _with_token(returns, letter.uuid) if returns and is_marked else ""
        )


def _box_for(letter: Letter) -> Box | None:
    """Where an answer to a notice about such a record is read."""
    use = use_for(letter.about.kind) if letter.about else None
    return next((box for box in boxes() if use and box.use == use.mail_use), None)


def _with_token(box: Box, uuid: str) -> str:
    return rules.plus_address(box.address, uuid.replace("-", "")) if box.plus else box.address
