"""Names of permissions, kinds and states. Two short lives: of an invitation, of a second answer."""

from enum import StrEnum

SECOND_ANSWER = "service.satisfaction.second_answer"
"""A dissatisfied answer that asked for a second one, as a subject of other rooms."""
SURVEY = "service.satisfaction.survey"

AGAIN = "again"
"""The question every survey ends with, put there by the program: answer me again?"""


class Permission(StrEnum):
    RESULTS = "service.satisfaction.results"
    WORDS = "service.satisfaction.words"
    MANAGE = "service.satisfaction.manage"
    CALL = "service.satisfaction.call"
    SECOND = "service.satisfaction.second"
    ANSWER = "service.satisfaction.answer"


class Asked(StrEnum):
    """How far an invitation is. What ended without a level is missing, each way told apart."""

    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"
    NOT_REACHED = "not_reached"
    EXPIRED = "expired"


ENDED_MISSING = (Asked.REFUSED, Asked.NOT_REACHED, Asked.EXPIRED)


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    PHONE = "phone"


class Standing(StrEnum):
    """How far a second answer is."""

    OPEN = "open"
    SENT = "sent"
    CLOSED = "closed"
