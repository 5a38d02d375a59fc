"""Every read of citizens' accounts, by topic."""

from yankao.departments.service.citizens.queries.accounts import (
    COOKIE,
    AccountSubjects,
    SignedIn,
    account_copy,
    actor_of,
    digest_of,
    passkeys_of,
    pending,
    sessions_of,
    signed_in,
)
from yankao.departments.service.citizens.queries.cases import (
    MOST_CASES,
    CaseList,
    NotYours,
    cases_of,
    is_own,
    numbers_of,
    unknown,
)

__all__ = [
    "COOKIE",
    "MOST_CASES",
    "AccountSubjects",
    "CaseList",
    "NotYours",
    "SignedIn",
    "account_copy",
    "actor_of",
    "cases_of",
    "digest_of",
    "is_own",
    "numbers_of",
    "passkeys_of",
    "pending",
    "sessions_of",
    "signed_in",
    "unknown",
]
