"""Pure decisions of every kind of case: who handles what, numbers and codes."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that reads like something else
CODE_LENGTH = 6


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A line of the routing table; None = any."""

    item: str | None
    group: str | None
    district: str | None
    agency: str
    unit: str | None


def route_for(
    routes: Iterable[RouteRow], *, item: str, group: str, district: str | None
) -> RouteRow | None:
    """The most specific matching line: item before group, named district before everywhere.

    None when no line matches; a case without district matches only lines for everywhere.
    """
    matching = [
        route
        for route in routes
        if (route.item == item or (route.item is None and route.group == group))
        and route.district in {None, district}
    ]
    return max(matching, key=lambda r: (r.item is not None, r.district is not None), default=None)


def district_named(words: str, names: Mapping[str, str]) -> str | None:
    """The code of the district the words begin with or first name, with or without 區.

    ``names``: code → name. 「甲乙路」 and 「本市甲乙區甲乙路」 both mean 甲乙區; the earliest
    name counts, of two at one place the longer.
    """
    found = [
        (words.index(spoken), -len(spoken), code)
        for code, name in names.items()
        for spoken in {name, name[:-1] if len(name) > 2 else name}
        if spoken in words
    ]
    return min(found)[2] if found else None


def phone_digits(typed: str) -> tuple[str, ...]:
    """A phone number as it may be kept, digits only: at home with 0, from abroad with 886."""
    digits = "".join(letter for letter in typed if letter in "0123456789")
    at_home = "0" + digits.removeprefix("886") if digits.startswith("886") else digits
    return (at_home, "886" + at_home[1:]) if at_home.startswith("0") else (digits,)


def case_number(*, prefix: str, day: date, serial: int) -> str:
    """e.g. D115112100042: prefix, ROC date of receipt (Taipei), serial of that day."""
    return f"{prefix}{day.year - 1911:03d}{day:%m%d}{serial:05d}"


def check_code(*, secret: str, number: str) -> str:
    """Six letters that prove the holder was told them; without, numbers could be tried in turn."""
    digest = hmac.new(secret.encode(), number.encode(), hashlib.sha256).digest()
    return "".join(_CODE_LETTERS[byte % len(_CODE_LETTERS)] for byte in digest[:CODE_LENGTH])


def same_code(given: str, expected: str) -> bool:
    """Compare codes as people write them (case, spaces), in constant time."""
    return hmac.compare_digest("".join(given.upper().split()).encode(), expected.encode())
