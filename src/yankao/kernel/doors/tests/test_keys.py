"""Keys: shown once, stored as hashes, valid exactly as long as promised."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from tests.cast import NOW, PLAYERS
from yankao.base.actors import system_actor
from yankao.base.clock import TAIPEI
from yankao.kernel.doors import queries, rules, services
from yankao.kernel.doors.models import ApiKey, KeySecret, KeyUse
from yankao.kernel.doors.tests.conftest import API, POST_SCOPE, READ_SCOPE
from yankao.kernel.people.queries import AgencyUnknown
from yankao.kernel.trail.models import Entry, Personal

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def test_a_fresh_key_opens(issue) -> None:
    issued = issue(contact_agency="ROADS")
    client = queries.client_of(issued.secret, at=NOW)
    assert client == queries.Client(issued.key.pk, "道路通", frozenset({POST_SCOPE}), 3, "ROADS")
    assert len(issued.secret) == 55
    assert issued.secret.startswith("yk_")


def test_who_it_is_costs_one_query(issue, django_assert_num_queries) -> None:
    secret = issue().secret
    with django_assert_num_queries(1):
        assert queries.client_of(secret, at=NOW)
    with django_assert_num_queries(0):
        assert queries.client_of("not a key", at=NOW) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: secret[:-1],
        lambda secret: secret[:-1] + ("A" if secret[-1] != "A" else "B"),
        lambda secret: secret.upper(),
        lambda secret: f" {secret}",
        lambda secret: secret + "\0",
        lambda secret: secret[:12] + "é" + secret[13:],
        lambda secret: rules.prefix_of(secret),
        lambda secret: "yk_" + "0" * 8 + secret[11:],
        lambda secret: "",
        lambda secret: "yk__" + "x" * 50,
        lambda secret: queries.digest_of(secret),
    ],
)
def test_nearly_the_key_is_not_the_key(issue, spoil) -> None:
    secret = issue().secret
    assert queries.client_of(spoil(secret), at=NOW) is None
    assert queries.client_of(secret, at=NOW) is not None


def test_nothing_stored_reveals_the_secret(issue, administrator) -> None:
    first = issue()
    second = services.replace_key(
        key_id=first.key.pk, old_valid_days=7, actor=administrator, at=NOW
    )
    rows = [
        *ApiKey.objects.values(),
        *KeySecret.objects.values(),
        *Entry.objects.values(),
        *Personal.objects.values(),
    ]
    stored = json.dumps(rows, cls=DjangoJSONEncoder, default=str)
    for issued in (first, second):
        assert issued.secret not in stored
        assert issued.secret.split("_", 2)[2] not in stored
        assert rules.prefix_of(issued.secret) in stored


def test_the_hash_needs_our_secret_key(issue, settings) -> None:
    secret = issue().secret
    settings.SECRET_KEY = "another installation"
    assert queries.client_of(secret, at=NOW) is None


def test_expiry_counts_the_last_day_in_taipei(issue) -> None:
    secret = issue(expires_on=date(2026, 3, 4)).secret
    last = datetime(2026, 3, 4, 23, 59, 59, tzinfo=TAIPEI)
    assert queries.client_of(secret, at=last)
    assert queries.client_of(secret, at=last + timedelta(seconds=1)) is None


def test_revoked_ends_now_and_once(issue, administrator) -> None:
    issued = issue()
    services.revoke_key(key_id=issued.key.pk, reason="外洩", actor=administrator, at=NOW)
    assert queries.client_of(issued.secret, at=NOW) is None
    with pytest.raises(services.KeyOver, match="不必再撤銷"):
        services.revoke_key(key_id=issued.key.pk, reason="外洩", actor=administrator, at=NOW)
    with pytest.raises(services.KeyOver, match="核發新的"):
        services.replace_key(key_id=issued.key.pk, old_valid_days=1, actor=administrator, at=NOW)


@pytest.mark.parametrize("reason", ["", "  ", "長" * 301])
def test_revoking_says_why(issue, administrator, reason) -> None:
    issued = issue()
    with pytest.raises(services.KeyWrong):
        services.revoke_key(key_id=issued.key.pk, reason=reason, actor=administrator, at=NOW)
    assert queries.client_of(issued.secret, at=NOW)


def test_replacing_lets_the_old_one_live_on_for_days(issue, administrator) -> None:
    old = issue()
    new = services.replace_key(key_id=old.key.pk, old_valid_days=7, actor=administrator, at=NOW)
    week = NOW + timedelta(days=7)
    assert queries.client_of(old.secret, at=week - MINUTE).id == new.key.pk == old.key.pk
    assert queries.client_of(old.secret, at=week) is None
    assert queries.client_of(new.secret, at=week).id == new.key.pk


def test_replacing_twice_leaves_two_secrets(issue, administrator) -> None:
    first = issue()
    second = services.replace_key(
        key_id=first.key.pk, old_valid_days=7, actor=administrator, at=NOW
    )
    later = NOW + MINUTE
    third = services.replace_key(
        key_id=first.key.pk, old_valid_days=0, actor=administrator, at=later
    )
    opens = [bool(queries.client_of(issued.secret, at=later)) for issued in (first, second, third)]
    assert opens == [False, False, True]


@pytest.mark.parametrize("days", [-1, 91])
def test_overlap_has_bounds(issue, administrator, days) -> None:
    with pytest.raises(services.KeyWrong):
        services.replace_key(
            key_id=issue().key.pk, old_valid_days=days, actor=administrator, at=NOW
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"application": " "}, "application"),
        ({"application": "長" * 101}, "application"),
        ({"purpose": ""}, "purpose"),
        ({"scopes": []}, "scopes"),
        ({"scopes": [POST_SCOPE, "test.nothing"]}, "scopes"),
        ({"quota_per_day": 0}, "quota_per_day"),
        ({"quota_per_day": 10_000_001}, "quota_per_day"),
        ({"expires_on": date(2026, 3, 3)}, "expires_on"),
    ],
)
def test_what_cannot_be_issued(issue, changes, field) -> None:
    with pytest.raises(services.KeyWrong) as refused:
        issue(**changes)
    assert refused.value.field == field
    assert not ApiKey.objects.exists()


def test_contact_is_an_agency(issue) -> None:
    with pytest.raises(AgencyUnknown):
        issue(contact_agency="NOBODY")


@pytest.mark.parametrize("player", [p for p in PLAYERS if p != "administrator"])
def test_only_administrators_manage_keys(issue, actor_of, player) -> None:
    key_id = issue().key.pk
    actor = actor_of(player)
    with pytest.raises(queries.ManagingForbidden):
        issue(actor=actor)
    with pytest.raises(queries.ManagingForbidden):
        services.revoke_key(key_id=key_id, reason="x", actor=actor, at=NOW)
    with pytest.raises(queries.ManagingForbidden):
        services.replace_key(key_id=key_id, old_valid_days=1, actor=actor, at=NOW)
    with pytest.raises(queries.ManagingForbidden):
        queries.keys_page(actor, at=NOW)
    with pytest.raises(queries.ManagingForbidden):
        queries.key_for(actor, key_id, at=NOW)
    assert not queries.KeySubjects().may_see(actor, key_id)


def test_unknown_key(administrator) -> None:
    with pytest.raises(queries.KeyUnknown):
        services.revoke_key(key_id=12, reason="x", actor=administrator, at=NOW)
    with pytest.raises(queries.KeyUnknown):
        queries.key_for(administrator, 12, at=NOW)


def test_every_change_leaves_a_row(issue, administrator) -> None:
    issued = issue(actor=system_actor("api-key"))
    services.replace_key(key_id=issued.key.pk, old_valid_days=0, actor=administrator, at=NOW)
    services.revoke_key(key_id=issued.key.pk, reason="不再使用", actor=administrator, at=NOW)
    written = Entry.objects.filter(subject_kind=queries.KEY_KIND).order_by("id")
    assert [(e.action.rpartition("_")[2], e.actor_key, e.reason) for e in written] == [
        ("issued", "system:api-key", ""),
        ("replaced", administrator.key, ""),
        ("revoked", administrator.key, "不再使用"),
    ]


# --- use and quota -------------------------------------------------------------------------------


def test_quota_ends_at_midnight_in_taipei(issue) -> None:
    secret = issue().secret
    last = datetime(2026, 3, 4, 23, 59, 59, 500_000, tzinfo=TAIPEI)
    call = {"door": API, "address": "203.0.113.7", "secret": secret, "scope": POST_SCOPE}
    for _ in range(3):
        assert services.admit(**call, at=last)
    with pytest.raises(services.TooManyKnocks) as refused:
        services.admit(**call, at=last)
    assert (refused.value.code, refused.value.again_after_seconds) == ("doors.quota_used_up", 1)
    assert services.admit(**call, at=last + timedelta(seconds=1))
    uses = dict(KeyUse.objects.values_list("day", "count"))
    assert uses == {date(2026, 3, 4): 4, date(2026, 3, 5): 1}


def test_both_secrets_of_a_key_share_its_quota(issue, administrator) -> None:
    old = issue()
    new = services.replace_key(key_id=old.key.pk, old_valid_days=7, actor=administrator, at=NOW)
    for secret in (old.secret, new.secret, old.secret):
        services.admit(door=API, address="203.0.113.7", secret=secret, at=NOW)
    with pytest.raises(services.TooManyKnocks):
        services.admit(door=API, address="203.0.113.7", secret=new.secret, at=NOW)


def test_a_key_of_another_scope_is_refused_and_costs_nothing(issue) -> None:
    secret = issue(scopes=[READ_SCOPE]).secret
    with pytest.raises(services.ScopeMissing) as refused:
        services.admit(door=API, address="203.0.113.7", secret=secret, scope=POST_SCOPE, at=NOW)
    assert refused.value.status == 403
    assert not KeyUse.objects.exists()


def test_wrong_keys_count_against_the_address(issue) -> None:
    issue()
    for _ in range(3):
        with pytest.raises(services.KeyInvalid) as refused:
            services.admit(door=API, address="203.0.113.7", secret="yk_wrong", at=NOW)
        assert refused.value.status == 401
    with pytest.raises(services.TooManyKnocks):
        services.admit(door=API, address="203.0.113.7", secret="yk_wrong", at=NOW)


def test_a_key_does_not_count_against_the_address(issue) -> None:
    secret = issue(quota_per_day=100).secret
    for _ in range(10):
        assert services.admit(door=API, address="203.0.113.7", secret=secret, at=NOW)
    assert services.admit(door=API, address="203.0.113.7", at=NOW) is None


def test_the_list_tells_use(issue, administrator, django_assert_max_num_queries) -> None:
    key = issue(contact_agency="ROADS").key
    for day, count in ((date(2026, 3, 4), 5), (date(2026, 2, 3), 7), (date(2026, 2, 2), 11)):
        KeyUse.objects.create(key=key, day=day, count=count)
    for number in range(60):
        issue(application=f"App {number}")
    with django_assert_max_num_queries(3):
        page = queries.keys_page(administrator, number=2, at=NOW)
    assert page.paginator.count == 61
    row = queries.key_for(administrator, key.pk, at=NOW)
    assert (row.used_today, row.used_lately, row.last_used_on) == (5, 12, date(2026, 3, 4))
    assert (row.state, row.contact_agency, row.scopes) == ("active", "養護工程處", ("送出",))


def test_two_secrets_do_not_double_the_use(issue, administrator) -> None:
    key = issue().key
    KeyUse.objects.create(key=key, day=date(2026, 3, 4), count=5)
    services.replace_key(key_id=key.pk, old_valid_days=7, actor=administrator, at=NOW)
    row = queries.key_for(administrator, key.pk, at=NOW)
    assert row.used_today == row.used_lately == 5
    assert row.old_valid_until == NOW + timedelta(days=7)
    assert queries.keys_page(administrator, at=NOW).paginator.count == 1
    services.revoke_key(key_id=key.pk, reason="外洩", actor=administrator, at=NOW)
    ended = queries.key_for(administrator, key.pk, at=NOW)
    assert (ended.state, ended.old_valid_until) == ("revoked", None)
