"""Signing in: a code goes to an address, and whoever reads it is its owner."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.departments.service.citizens import queries, rules
from yankao.departments.service.citizens.models import Citizen, Session, SignIn
from yankao.departments.service.citizens.services import common
from yankao.departments.service.citizens.services.subscribing import detach
from yankao.departments.service.citizens.workflow import CODE
from yankao.kernel.notices import services as notices

_SALT = "service.citizens.code"


class AddressUnusable(Invalid):
    """No address a code can be sent to."""


class CodeWrong(Invalid):
    """Not the code, or none is waited for in this browser any more."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A sign-in that begins. ``secret`` goes into the browser's cookie and is not kept."""

    citizen: Citizen
    session: Session
    secret: str


def send_code(*, email: str, english: bool, at: datetime) -> str:
    """Send a code to the address; returns the key that the asking browser alone holds.

    It is the same for an address somebody signs in with and for one never seen: nobody learns
    which is which. Raises AddressUnusable.
    """
    address = rules.same_address(email)
    if address is None:
        message = _("電子郵件請用英文字母與數字，例如 wang@example.com。")
        raise AddressUnusable("citizens.address_unusable", message, "email")
    key, code = secrets.token_urlsafe(32), rules.new_code()
    with transaction.atomic():
        row = SignIn.objects.create(
            key=key,
            email=address,
            digest=_digest(key, code),
            sent_at=at,
            until_at=at + rules.CODE_LIFE,
        )
        minutes = int(rules.CODE_LIFE.total_seconds() // 60)
        words = {"code": rules.spaced(code), "minutes": minutes, "city": settings.CITY["name"]}
        in_english = {**words, "city": settings.CITY.get("name_en", words["city"])}
        letter = notices.Message(
            notices.Recipient(email=address),
            words,
            Subject(CODE, row.pk),
            english=in_english if english else None,
        )
        notices.send_many(template="citizens.code", channel="email", messages=[letter], at=at)
    return key


def open_by_code(
    *, key: str, code: str, own_device: bool, browser: str, at: datetime
) -> Opened | CodeWrong:
    """Sign in with the code, once, in the browser that asked for it.

    A wrong answer is counted, so it is given back rather than raised: the count must be written.
    """
    typed = rules.typed_code(code)
    with transaction.atomic():
        row = SignIn.objects.select_for_update().filter(key=key).first() if key else None
        if row is None or row.used_at or row.until_at <= at or row.tries >= rules.MOST_TRIES:
            return _wrong()
        if not constant_time_compare(row.digest, _digest(key, typed)):
            row.tries += 1
            row.save(update_fields=["tries"])
            return _wrong()
        row.used_at = at
        row.save(update_fields=["used_at"])
        citizen, is_new = Citizen.objects.get_or_create(
            email=row.email, defaults={"created_at": at, "seen_at": at}
        )
        if is_new:
            common.record("joined", citizen, at, personal={"email": citizen.email})
        return open_session(
            citizen=citizen, way="code", own_device=own_device, browser=browser, at=at
        )


def open_session(
    *, citizen: Citizen, way: str, own_device: bool, browser: str, at: datetime
) -> Opened:
    """A new session of a citizen who proved who they are."""
    secret = secrets.token_urlsafe(32)
    session = Session.objects.create(
        citizen=citizen,
        digest=queries.digest_of(secret),
        browser=browser[:60],
        is_own_device=own_device,
        began_at=at,
        seen_at=at,
        until_at=at + (rules.OWN_DEVICE if own_device else rules.DAY),
    )
    Citizen.objects.filter(pk=citizen.pk).update(seen_at=at)
    common.record("signed_in", citizen, at, new={"way": way, "own_device": own_device})
    return Opened(citizen, session, secret)


def see(*, signed_in: queries.SignedIn, at: datetime) -> None:
    """They are still there; written once a minute at most."""
    if at - signed_in.session.seen_at < rules.SLIDE:
        return
    Session.objects.filter(pk=signed_in.session.pk).update(seen_at=at)
    Citizen.objects.filter(pk=signed_in.citizen.pk).update(seen_at=at)


def sign_out(*, signed_in: queries.SignedIn, push: str = "", at: datetime) -> None:
    """This browser is signed out, and told of no cases any more; ``push`` is its push cookie."""
    with transaction.atomic():
        detach(citizen=signed_in.citizen, cookie=push)
        Session.objects.filter(pk=signed_in.session.pk).delete()
        common.record("signed_out", signed_in.citizen, at)


def sign_out_everywhere(*, signed_in: queries.SignedIn, at: datetime) -> int:
    """Every browser is signed out, this one too; how many."""
    with transaction.atomic():
        count, _by_model = Session.objects.filter(citizen=signed_in.citizen).delete()
        detach(citizen=signed_in.citizen)
        common.record("signed_out_everywhere", signed_in.citizen, at, new={"sessions": count})
    return count


def _digest(key: str, code: str) -> str:
    return salted_hmac(_SALT, f"{key}:{code}", algorithm="sha256").hexdigest()


def _wrong() -> CodeWrong:
    message = _("驗證碼不對或已經失效。請核對最新的那一封信，或重新寄一次。")
    return CodeWrong("citizens.code_wrong", message, "code")
