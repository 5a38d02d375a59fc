"""Persons: make, change, switch off, give back access."""

from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.kernel.people import lockout, permissions
from yankao.kernel.people.models import OpenSession, Person, Unit
from yankao.kernel.people.queries import PersonUnknown, person_subject
from yankao.kernel.people.queries.persons import assignments_in_force
from yankao.kernel.people.rules import Role, account_key, is_account
from yankao.kernel.trail import services as trail


class ManagingForbidden(Forbidden):
    """The actor does not manage accounts."""

    def __init__(self) -> None:
        super().__init__("people.may_not_manage", _("只有帳號管理人可以變更人員與角色。"))


class AccountTaken(Refused):
    """Somebody has that account already."""


class AccountMalformed(Invalid):
    """An account is 3–64 Latin letters, digits or . _ @ + -."""


class EmailMalformed(Invalid):
    """The e-mail address cannot be one."""


class UnitElsewhere(Invalid):
    """The unit belongs to another agency."""


class WeakPassword(Invalid):
    """The password breaks the rules; the message says which."""


class OwnAccount(Refused):
    """Administrators do not change their own roles or switch themselves off."""


class LastAdministrator(Refused):
    """Somebody must remain who can manage accounts."""


class ReasonMissing(Invalid):
    """A change that takes something away says why."""


def create_person(
    *,
    account: str,
    name: str,
    actor: Actor,
    at: datetime,
    email: str = "",
    phone: str = "",
    agency: str | None = None,
    unit: str | None = None,
    password: str | None = None,
    is_demo: bool = False,
    must_change_password: bool = True,
) -> Person:
    """A new person without any role; without a password nobody can sign in as it yet.

    Raises ManagingForbidden, AccountMalformed, AccountTaken, EmailMalformed, UnitElsewhere,
    WeakPassword.
    """
    permit_managing(actor)
    person = Person(
        account=_free_account(account),
        is_demo=is_demo,
        must_change_password=must_change_password,
        created_at=at,
        **_checked_particulars(name=name, email=email, phone=phone, agency=agency, unit=unit),
    )
    _put_password(person, password)
    with transaction.atomic():
        person.save(force_insert=True)
        trail.record(
            actor=actor,
            action="kernel.people.person_created",
            subject=person_subject(person.pk),
            at=at,
            new={"agency": agency, "unit": unit, "is_demo": is_demo},
            personal={"new": _personal(person)},
            agency=agency,
        )
    return person


def change_person(
    *,
    person_id: int,
    name: str,
    email: str,
    phone: str,
    agency: str | None,
    unit: str | None,
    actor: Actor,
    at: datetime,
) -> Person:
    """Change a person's particulars; the account stays. Nothing changed leaves no trace.

    Raises ManagingForbidden, PersonUnknown, EmailMalformed, UnitElsewhere.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        permit_managing(actor)
        wanted = _checked_particulars(name=name, email=email, phone=phone, agency=agency, unit=unit)
        before = {field: getattr(person, field) for field in wanted}
        if before == wanted:
            return person
        old_personal = _personal(person)
        for field, value in wanted.items():
            setattr(person, field, value)
        person.save(update_fields=list(wanted))
        trail.record(
            actor=actor,
            action="kernel.people.person_changed",
            subject=person_subject(person_id),
            at=at,
            old={"agency": before["agency_id"], "unit": before["unit_id"]},
            new={"agency": agency, "unit": unit},
            personal={"old": old_personal, "new": _personal(person)},
            agency=agency,
        )
    return person


def deactivate_person(*, person_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Switch a person off: its sessions end at once, it cannot sign in, its history stays.

    Raises ManagingForbidden, PersonUnknown, ReasonMissing, OwnAccount, LastAdministrator.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        permit_managing(actor)
        require_reason(reason)
        refuse_oneself(actor, person_id, _("您不能停用自己的帳號，請由另一位帳號管理人辦理。"))
        refuse_last_administrator(person_id, at)
        if not person.is_active:
            return
        _switch(person, is_active=False)
        _record(
            person,
            "kernel.people.person_deactivated",
            actor,
            at,
            {"is_active": [True, False]},
            reason,
        )


def reactivate_person(*, person_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Switch a person on again, with the roles that are still in force.

    Raises ManagingForbidden, PersonUnknown, ReasonMissing.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        permit_managing(actor)
        require_reason(reason)
        if person.is_active:
            return
        _switch(person, is_active=True)
        _record(
            person,
            "kernel.people.person_reactivated",
            actor,
            at,
            {"is_active": [False, True]},
            reason,
        )


def unlock_account(*, person_id: int, actor: Actor, at: datetime) -> None:
    """Forget failed attempts so that the person may try again at once.

    Raises ManagingForbidden, PersonUnknown.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        permit_managing(actor)
        if lockout.forget_failures(person.account):
            _record(person, "kernel.people.account_unlocked", actor, at, {})


def reset_password(*, person_id: int, password: str, actor: Actor, at: datetime) -> None:
    """Give a person a password to be replaced at the next sign-in; its sessions end.

    Raises ManagingForbidden, PersonUnknown, OwnAccount, WeakPassword.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        permit_managing(actor)
        refuse_oneself(actor, person_id, _("自己的密碼請到「我的帳號」更換，須輸入目前的密碼。"))
        _put_password(person, password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        lockout.forget_failures(person.account)
        _record(person, "kernel.people.password_reset", actor, at, {})


def change_own_password(*, person_id: int, password: str, actor: Actor, at: datetime) -> None:
    """Keep the password a person chose for itself; its other sessions end.

    Raises ManagingForbidden for anybody else, WeakPassword.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        if actor.person_id != person_id:
            raise ManagingForbidden
        _put_password(person, password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        _record(person, "kernel.people.password_changed", actor, at, {})


def end_sessions(*, person_id: int, actor: Actor, at: datetime) -> Person:
    """Sign the person out everywhere. One's own, or anybody's for who manages accounts.

    Raises ManagingForbidden, PersonUnknown.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        if actor.person_id != person_id:
            permit_managing(actor)
        sign_out_everywhere(person)
        person.save(update_fields=["session_epoch"])
        _record(person, "kernel.people.sessions_ended", actor, at, {})
    return person


def permit_managing(actor: Actor) -> None:
    """Raises ManagingForbidden unless the actor manages accounts or is the program itself."""
    if not (actor.key.startswith("system:") or permissions.may_manage_people(actor)):
        raise ManagingForbidden


def refuse_oneself(actor: Actor, person_id: int, message: str) -> None:
    """Raises OwnAccount when the actor, or the principal it acts for, is that person."""
    if f"person:{person_id}" in {actor.key, actor.principal_key}:
        raise OwnAccount("people.own_account", message)


def refuse_last_administrator(person_id: int, at: datetime) -> None:
    """Raises LastAdministrator when nobody else who can sign in manages accounts."""
    administrators = assignments_in_force(at).filter(
        role=Role.ADMINISTRATOR, person__is_active=True
    )
    holders = set(administrators.select_for_update().values_list("person_id", flat=True))
    if holders == {person_id}:
        raise LastAdministrator(
            "people.last_administrator",
            _("這是最後一位帳號管理人。請先指派另一位，再辦理這項變更。"),
        )


def require_reason(reason: str) -> None:
    """Raises ReasonMissing for an empty reason."""
    if not reason.strip():
        raise ReasonMissing("people.reason_missing", _("請填寫事由。"), "reason")


def locked_person(person_id: int) -> Person:
    """The person, locked until the transaction ends. Raises PersonUnknown."""
    person = Person.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise PersonUnknown
    return person


def sign_out_everywhere(person: Person) -> None:
    """End every session of a locked person; the caller saves ``session_epoch``."""
    person.session_epoch += 1
    OpenSession.objects.filter(person=person).delete()


def _free_account(typed: str) -> str:
    account = account_key(typed)
    if not is_account(account):
        raise AccountMalformed(
            "people.account_malformed",
            _("帳號請用 3 至 64 個英文字母或數字，可含 . _ @ + -，第一個字須為字母或數字。"),
            "account",
        )
    if Person.objects.filter(account=account).exists():
        raise AccountTaken(
            "people.account_taken",
            _("已有人使用帳號「%(account)s」，請換一個。") % {"account": account},
            "account",
        )
    return account


def _checked_particulars(
    *, name: str, email: str, phone: str, agency: str | None, unit: str | None
) -> dict[str, Any]:
    if not name.strip():
        raise Invalid("people.name_missing", _("請填寫姓名。"), "name")
    if email:
        _check_email(email)
    if unit and not Unit.objects.filter(code=unit, agency_id=agency).exists():
        raise UnitElsewhere("people.unit_elsewhere", _("這個單位不屬於所選的機關。"), "unit")
    return {
        "name": name.strip(),
        "email": email.strip(),
        "phone": phone.strip(),
        "agency_id": agency or None,
        "unit_id": unit or None,
    }


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise EmailMalformed(
            "people.email_malformed", _("電子郵件的格式不對，例如 name@example.tw。"), "email"
        ) from None


def _put_password(person: Person, password: str | None) -> None:
    """The caller saves; a new password ends all sessions."""
    OpenSession.objects.filter(person_id=person.pk).delete()
    if password is None:
        person.set_unusable_password()
        return
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise WeakPassword("people.weak_password", " ".join(error.messages), "password") from None
    person.set_password(password)


def _switch(person: Person, *, is_active: bool) -> None:
    person.is_active = is_active
    sign_out_everywhere(person)
    person.save(update_fields=["is_active", "session_epoch"])


def _personal(person: Person) -> dict[str, str]:
    return {
        "account": person.account,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
    }


def _record(
    person: Person,
    action: str,
    actor: Actor,
    at: datetime,
    changes: dict[str, list[Any]],
    reason: str = "",
) -> None:
    trail.record(
        actor=actor,
        action=action,
        subject=person_subject(person.pk),
        at=at,
        old={field: pair[0] for field, pair in changes.items()} or None,
        new={field: pair[1] for field, pair in changes.items()} or None,
        reason=reason,
        agency=person.agency_id,
    )
