"""How long a text message is, in how many parts it travels, and what a part costs.

3GPP TS 23.038: 140 octets a message are 160 characters of the GSM 7-bit alphabet or 70 UTF-16 code
units (UCS-2); a header that joins several parts leaves 153 and 67. One character outside the
alphabet, as every Chinese one is, makes the whole message UCS-2.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Two septets each: an escape and the character."""


class Alphabet(StrEnum):
    """What the text is written in on the air."""

    GSM = "gsm-7"
    UCS = "ucs-2"


SINGLE = {Alphabet.GSM: 160, Alphabet.UCS: 70}
PART = {Alphabet.GSM: 153, Alphabet.UCS: 67}


@dataclass(frozen=True, slots=True)
class Length:
    """A text as the network counts it."""

    alphabet: Alphabet
    units: int
    parts: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a message costs from a day on; TWD, as exact as the contract.

    ``provider`` "" = whoever has no price of its own.
    """

    begins_on: date
    sms_part_twd: Decimal
    email_twd: Decimal
    provider: str = ""


def alphabet_of(text: str) -> Alphabet:
    """GSM when every character is in its alphabet."""
    return Alphabet.GSM if set(text) <= GSM_BASIC | GSM_EXTENDED else Alphabet.UCS


def length_of(text: str) -> Length:
    """Alphabet, units and parts; an empty text is one part."""
    parts = parts_of(text)
    alphabet = alphabet_of(text)
    return Length(alphabet, sum(_width(c, alphabet) for c in text), len(parts))


def parts_of(text: str) -> list[str]:
    """The text cut as the network cuts it; no part ends in the middle of a character."""
    alphabet = alphabet_of(text)
    if sum(_width(character, alphabet) for character in text) <= SINGLE[alphabet]:
        return [text]
    parts, used = [""], 0
    for character in text:
        width = _width(character, alphabet)
        if used + width > PART[alphabet]:
            parts.append("")
            used = 0
        parts[-1] += character
        used += width
    return parts


def _width(character: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM:
        return 2 if character in GSM_EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1


def price_on(prices: Iterable[Price], day: date, provider: str = "") -> Price | None:
    """The price in force on the day, if any: the provider's own before that of all."""
    begun = [one for one in prices if one.begins_on <= day and one.provider in ("", provider)]
    return max(begun, key=lambda price: (price.provider != "", price.begins_on), default=None)


def prices_of(rows: Iterable[Mapping[str, object]]) -> list[Price]:
    """The pack's ``[[notices.prices]]``. Raises KeyError, ValueError, ArithmeticError."""
    return [
        Price(
            begins_on=date.fromisoformat(str(row["begins_on"])),
            sms_part_twd=Decimal(str(row["sms_part_twd"])),
            email_twd=Decimal(str(row.get("email_twd", "0"))),
            provider=str(row.get("provider", "")),
        )
        for row in rows
    ]
