"""What others may call: signing in, one's list, one's passkeys, the end of an account."""

from yankao.departments.service.citizens.services.accounts import (
    CaseUnknown,
    ListFull,
    add_case,
    copy_account,
    delete_account,
    keep_reported,
    remove_case,
    sweep,
)
from yankao.departments.service.citizens.services.passkeys import (
    PasskeyRefused,
    Question,
    add_passkey,
    citizen_by_passkey,
    question_to_make,
    question_to_sign_in,
    remove_passkey,
)
from yankao.departments.service.citizens.services.signing_in import (
    AddressUnusable,
    CodeWrong,
    Opened,
    open_by_code,
    open_session,
    see,
    send_code,
    sign_out,
    sign_out_everywhere,
)

__all__ = [
    "AddressUnusable",
    "CaseUnknown",
    "CodeWrong",
    "ListFull",
    "Opened",
    "PasskeyRefused",
    "Question",
    "add_case",
    "add_passkey",
    "citizen_by_passkey",
    "copy_account",
    "delete_account",
    "keep_reported",
    "open_by_code",
    "open_session",
    "question_to_make",
    "question_to_sign_in",
    "remove_case",
    "remove_passkey",
    "see",
    "send_code",
    "sign_out",
    "sign_out_everywhere",
    "sweep",
]
