"""Expected refusals.

A refusal is an answer, not an accident: it carries a stable code, a sentence that says what to do
next, and the field it is about. ``base.refusals`` turns it into a page or problem+json (RFC 9457).
"""

from typing import ClassVar


class Refused(Exception):
    """What was asked cannot be done now, and the message says what to do instead.

    ``code`` is stable and documented (docs/errors.md); ``message`` is for people;
    ``field`` names the input the refusal is about, if any.
    """

    status: ClassVar[int] = 409

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class Unreadable(Refused):
    """The address or body cannot be read at all."""

    status = 400


class TooLarge(Refused):
    """More bytes than can be taken."""

    status = 413


class Invalid(Refused):
    """The input has the wrong shape or contradicts itself."""

    status = 422


class Forbidden(Refused):
    """The actor may see this but not do that."""

    status = 403


class NotVisible(Refused):
    """Nothing of that name that this actor may see; existing or not, the answer is the same."""

    status = 404


class TooMany(Refused):
    """A limit of the public door was reached; the message says when to come back.

    ``again_after_seconds`` becomes the answer's Retry-After.
    """

    status = 429

    def __init__(
        self,
        code: str,
        message: str,
        field: str | None = None,
        *,
        again_after_seconds: int | None = None,
    ) -> None:
        super().__init__(code, message, field)
        self.again_after_seconds = again_after_seconds
