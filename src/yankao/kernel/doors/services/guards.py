"""Public forms: a trap, the time it took, and past a quiet threshold a puzzle. No outside service.

Nothing but the limits turns anybody away: whoever seems a program gets the puzzle, and a browser
solves it by itself in about a second.
"""

import json
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha
from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from yankao.base.errors import Refused
from yankao.kernel.doors import declarations, queries
from yankao.kernel.doors.models import SpentPuzzle
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.doors.services.knocks import knock, quietly

TRAP, STAMP, PUZZLE = "homepage", "opened", "puzzle"
"""Names of the three fields in the form."""

QUICKEST = timedelta(seconds=1)
OLDEST = timedelta(hours=24)
PUZZLE_VALID = timedelta(minutes=15)
ALGORITHM, COST = "PBKDF2/SHA-256", 5_000
TRIES = (150, 450)
"""From … to: how many keys a browser derives; 300 take a phone about two seconds."""

LONGEST_PUZZLE = 4_000
_STAMP_SALT = "yankao.doors.stamp"


class PuzzleDue(Refused):
    """The form must be sent with a solved puzzle; the page shown now carries one."""


class PuzzleStale(Refused):
    """The puzzle was wrong, too old or handed in before; the page shown now carries a new one."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a form's page carries: a stamp, and a puzzle as JSON ("" = none)."""

    stamp: str
    puzzle: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back with a form."""

    trap: str
    stamp: str
    puzzle: str

    @classmethod
    def of(cls, posted: Mapping[str, Any]) -> "Answers":
        """From the fields as posted."""
        return cls(*(str(posted.get(name, "")) for name in (TRAP, STAMP, PUZZLE)))


def new_sheet(*, door: str, address: str, at: datetime, suspect: bool = False) -> Sheet:
    """For a page about to be shown; a suspect or an address past the threshold gets a puzzle."""
    stamp = signed_stamp(at=at, suspect=suspect)
    if suspect or _is_past_threshold(door, address, at):
        return Sheet(stamp, json.dumps(_new_puzzle(door, at)))
    return Sheet(stamp, "")


def signed_stamp(*, at: datetime, suspect: bool = False) -> str:
    """When a page was opened, so that nobody but us can say so."""
    stamped = {"at": int(at.timestamp()), "suspect": suspect}
    return signing.Signer(salt=_STAMP_SALT).sign_object(stamped)


def check_guard(*, door: str, address: str, answers: Answers, at: datetime) -> None:
    """Count the form as a knock and let it in, unless a puzzle is due and not solved.

    Raises TooManyKnocks, PuzzleDue, PuzzleStale.
    """
    verdict = knock(door=door, who=Knocker.at(address), at=at)
    if not (verdict.puzzle_due or _looks_automatic(answers, at)):
        return
    if not answers.puzzle:
        message = _("我們要先確認這不是自動程式送出的，確認後會自動送出。")
        raise PuzzleDue("doors.puzzle_due", message)
    if not _spend(answers.puzzle, door=door, at=at):
        message = _("確認的結果已過期或用過。請等下方顯示「確認完成」後再送出一次。")
        raise PuzzleStale("doors.puzzle_stale", message)


def _is_past_threshold(door: str, address: str, at: datetime) -> bool:
    after = declarations.door(door).puzzle_after
    if after is None:
        return False
    who = Knocker.at(address)
    count = quietly(lambda: queries.knocks(door=door, who=who, at=at), door=door, otherwise=0)
    return count >= after


def _looks_automatic(answers: Answers, at: datetime) -> bool:
    """The trap was filled, or the page was never opened, just now, long ago, or under suspicion."""
    try:
        stamped = signing.Signer(salt=_STAMP_SALT).unsign_object(answers.stamp)
        opened_at = datetime.fromtimestamp(stamped["at"], tz=UTC)
    except (signing.BadSignature, ValueError):
        return True
    in_time = QUICKEST <= at - opened_at <= OLDEST
    return bool(answers.trap) or stamped["suspect"] or not in_time


def _new_puzzle(door: str, at: datetime) -> dict[str, Any]:
    lowest, highest = TRIES
    challenge = altcha.create_challenge(
        ALGORITHM,
        COST,
        counter=lowest + secrets.randbelow(highest - lowest),
        data={"door": door, "until": int((at + PUZZLE_VALID).timestamp())},
        hmac_secret=_key("puzzle"),
        hmac_key_secret=_key("solution"),
    )
    return dict(challenge.to_dict())


def _spend(written: str, *, door: str, at: datetime) -> bool:
    """Whether it is a solved puzzle of that door, in time, handed in for the first time."""
    parameters = _solved(written)
    data = parameters.data if parameters else None
    if parameters is None or data is None or data["door"] != door:
        return False
    until = datetime.fromtimestamp(data["until"], tz=UTC)
    if until < at:
        return False
    nonce = parameters.nonce

    def is_first() -> bool:
        return SpentPuzzle.objects.get_or_create(nonce=nonce, defaults={"expires_at": until})[1]

    return quietly(is_first, door=door, otherwise=True)


def _solved(written: str) -> altcha.ChallengeParameters | None:
    """The parameters of a puzzle we made and that is solved; None for anything else."""
    if len(written) > LONGEST_PUZZLE:
        return None
    try:
        payload = altcha.Payload.from_base64(written)
        outcome = altcha.verify_solution(payload, _key("puzzle"), hmac_key_secret=_key("solution"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error):
        return None
    return payload.challenge.parameters if outcome.verified else None


def _key(purpose: str) -> bytes:
    return salted_hmac(f"yankao.doors.{purpose}", "", algorithm="sha256").digest()
