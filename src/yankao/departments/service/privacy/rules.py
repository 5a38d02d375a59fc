"""Terms, extensions and grounds of 個人資料保護法, and how long data is kept. No clock."""

from datetime import date
from enum import StrEnum


class Right(StrEnum):
    """What somebody may ask about their own data (§3)."""

    ACCESS = "access"
    CORRECT = "correct"
    STOP = "stop"
    ERASE = "erase"


class Ground(StrEnum):
    """Why a request is refused."""

    STATE = "state"
    DUTY_ACCESS = "duty_access"
    OTHERS = "others"
    CORRECT_ALREADY = "correct_already"
    DUTY = "duty"
    CONSENT = "consent"
    NOT_THE_PERSON = "not_the_person"
    NOTHING_HELD = "nothing_held"


TERMS = {
    Right.ACCESS: "privacy.access",
    Right.CORRECT: "privacy.change",
    Right.STOP: "privacy.change",
    Right.ERASE: "privacy.change",
}
"""The row of terms.csv: 15 days to decide about access, 30 about changes (§13)."""
LONGEST_EXTENSION_DAYS = {
    Right.ACCESS: 15,
    Right.CORRECT: 30,
    Right.STOP: 30,
    Right.ERASE: 30,
}
"""Once, and not longer than the term itself (§13)."""


class Article(StrEnum):
    """What a right rests on."""

    ACCESS = "個人資料保護法第 10 條"
    CORRECT = "個人資料保護法第 11 條第 1 項"
    STOP = "個人資料保護法第 11 條第 2 項至第 4 項"
    ERASE = "個人資料保護法第 11 條第 3 項、第 4 項"


GROUNDS = {
    Ground.STATE: ({Right.ACCESS}, "個人資料保護法第 10 條但書第 1 款"),
    Ground.DUTY_ACCESS: ({Right.ACCESS}, "個人資料保護法第 10 條但書第 2 款"),
    Ground.OTHERS: ({Right.ACCESS}, "個人資料保護法第 10 條但書第 3 款"),
    Ground.CORRECT_ALREADY: ({Right.CORRECT}, "個人資料保護法第 11 條第 1 項"),
    Ground.DUTY: ({Right.STOP, Right.ERASE}, "個人資料保護法第 11 條第 2 項但書、第 3 項但書"),
    Ground.CONSENT: ({Right.STOP, Right.ERASE}, "個人資料保護法第 11 條第 2 項但書、第 3 項但書"),
    Ground.NOT_THE_PERSON: (set(Right), "個人資料保護法第 3 條"),
    Ground.NOTHING_HELD: (set(Right), "個人資料保護法第 3 條"),
}
"""Each ground with the rights it can refuse and its article."""


def grounds_for(right: Right) -> list[Ground]:
    """The grounds on which such a request can be refused."""
    return [ground for ground, (rights, _article) in GROUNDS.items() if right in rights]


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the month's last where there is none."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(years, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
