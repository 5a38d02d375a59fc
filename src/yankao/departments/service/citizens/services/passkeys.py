"""Passkeys of citizens, by the fido2 library alone: allauth's belong to staff (ADR 0044)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from yankao.base.errors import Invalid
from yankao.departments.service.citizens.models import Citizen, Passkey
from yankao.departments.service.citizens.services import common

MOST_PASSKEYS = 10


class PasskeyRefused(Invalid):
    """The browser's answer proves nothing to us."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser is asked, and what to keep in its session until it answers."""

    options: dict[str, Any]
    state: dict[str, Any]


def question_to_make(*, citizen: Citizen, host: str) -> Question:
    """Ask the device to make a passkey. Raises PasskeyRefused when there are enough."""
    if citizen.passkeys.count() >= MOST_PASSKEYS:
        message = _("最多 %(most)s 把通行金鑰，請先移除不用的。") % {"most": MOST_PASSKEYS}
        raise PasskeyRefused("citizens.passkeys_full", message)
    options, state = _server(host).register_begin(
        PublicKeyCredentialUserEntity(
            id=citizen.uuid.bytes, name=citizen.email, display_name=citizen.email
        ),
        credentials=[_credential(row) for row in citizen.passkeys.all()],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Question(dict(options), dict(state))


def add_passkey(
    *, citizen: Citizen, host: str, state: dict[str, Any] | None, answer: str, name: str,
    at: datetime,
) -> Passkey:  # fmt: skip
    """Keep the passkey the device made. Raises PasskeyRefused."""
    try:
        response = RegistrationResponse.from_dict(json.loads(answer))
        made = _server(host).register_complete(state or {}, response).credential_data
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _refused() from error
    if made is None:
        raise _refused()
    with transaction.atomic():
        row, is_new = Passkey.objects.get_or_create(
            credential_id=made.credential_id,
            defaults={
                "citizen": citizen, "credential": bytes(made), "name": name[:60], "made_at": at,
            },
        )  # fmt: skip
        if not is_new:
            raise _refused()
        common.record("passkey_added", citizen, at, new={"passkey": row.pk})
    return row


def remove_passkey(*, citizen: Citizen, passkey_id: int, at: datetime) -> bool:
    """Take a passkey away; whether there was one."""
    with transaction.atomic():
        count, _by_model = Passkey.objects.filter(citizen=citizen, pk=passkey_id).delete()
        if count:
            common.record("passkey_removed", citizen, at, new={"passkey": passkey_id})
    return bool(count)


def question_to_sign_in(*, host: str) -> Question:
    """Ask any device whether it has a passkey of ours; names nobody."""
    options, state = _server(host).authenticate_begin(
        user_verification=UserVerificationRequirement.REQUIRED
    )
    return Question(dict(options), dict(state))


def citizen_by_passkey(
    *, host: str, state: dict[str, Any] | None, answer: str, at: datetime
) -> Citizen:
    """Whose passkey answered the question. Raises PasskeyRefused."""
    try:
        response = AuthenticationResponse.from_dict(json.loads(answer))
        row = Passkey.objects.select_related("citizen").get(credential_id=response.raw_id)
        if response.response.user_handle not in (None, row.citizen.uuid.bytes):
            raise _refused()
        _server(host).authenticate_complete(state or {}, [_credential(row)], response)
    except (ValueError, TypeError, KeyError, AttributeError, Passkey.DoesNotExist) as error:
        raise _refused() from error
    Passkey.objects.filter(pk=row.pk).update(used_at=at)
    return row.citizen


def _server(host: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name=settings.CITY["name"]))


def _credential(row: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(row.credential))


def _refused() -> PasskeyRefused:
    message = _("這把通行金鑰不能登入，請再試一次，或改用電子郵件收驗證碼。")
    return PasskeyRefused("citizens.passkey_refused", message)
