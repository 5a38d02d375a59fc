"""Fields of texts, keys, tokens, statuses; no database."""

import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.departments.service.messages import rules

SECRET = str(uuid4())
AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("((name)) 您好", {"name": "王"}, "王 您好"),
        ("((First Name))", {"first_name": "a"}, "a"),
        ("((a))((b))", {"a": "((b))", "b": "2"}, "((b))2"),
        ("((n))", {"n": 7}, "7"),
        ("((list))", {"list": ["甲", "乙"]}, "• 甲\n• 乙"),
        ("x((late??逾期 (三天)。))y", {"late": "yes"}, "x逾期 (三天)。y"),
        ("x((late??逾期。))y", {"late": False}, "xy"),
        ("x((late??逾期。))y", {"late": "no"}, "xy"),
        ("((late??逾期 (三天)))", {"late": 1}, "逾期 (三天)"),
        ("(((a)))", {"a": "1"}, "(1)"),
        ("((a?? ((b)) ", {"b": "2"}, "((a?? 2 "),
        ("(( )) ((a", {" ": "x", "": "x"}, "x ((a"),
        ("(a) (b)", {}, "(a) (b)"),
        ("{number}", {}, "{number}"),
    ],
)
def test_fields_are_filled(text, values, filled) -> None:
    assert rules.missing_fields(text, values) == []
    assert rules.filled(text, values) == filled


def test_all_missing_fields_are_named_once() -> None:
    text = "((a)) ((b)) ((a)) ((c??x))"
    assert rules.missing_fields(text, {"B": "1", "c": None}) == ["a", "c"]


@given(st.text(alphabet="()?a b", max_size=60))
def test_any_text_can_be_read(text) -> None:
    values = dict.fromkeys(rules.fields_of(text), "v")
    assert rules.missing_fields(text, values) == []
    rules.filled(text, values)


@pytest.mark.parametrize(
    "piece", ["((a??", "((a", "((a?? ) ", "))", "((a))", ")a", "((", "((a??(("]
)
def test_a_text_of_brackets_is_read_quickly(piece) -> None:
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    rules.filled(text, dict.fromkeys(rules.fields_of(text), "v"))
    assert time.process_time() - began < 2


def test_a_key_is_cut_as_clients_cut_it() -> None:
    program, secret = uuid4(), uuid4()
    key = rules.whole_key("正式機 Main-1", program, secret)
    assert (key[-73:-37], key[-36:]) == (str(program), str(secret))
    assert rules.whole_key("…", program, secret).startswith("key-")


def made(claims: dict, algorithm: str = "HS256", secret: str = SECRET) -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


def test_a_token_is_read_and_checked() -> None:
    program = uuid4()
    token = made({"iss": str(program), "iat": 5, "exp": 1, "nbf": 10**11, "aud": "x"})
    assert rules.claims_of(token) == rules.Claims(program, 5)
    assert rules.is_signed(token, SECRET)
    assert not rules.is_signed(token, str(uuid4()))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "é",
        made({"iss": "x"}, "HS512", SECRET * 2),
        jwt.encode({"iss": "x"}, "", algorithm="none"),
    ],
)
def test_other_tokens_are_none(token) -> None:
    assert rules.claims_of(token) is None


@pytest.mark.parametrize("iat", ["5", None, True, float("inf"), float("nan"), [], 10**30])
def test_a_time_that_is_none(iat) -> None:
    assert rules.claims_of(made({"iss": str(uuid4()), "iat": iat})).issued_at is None


def test_an_unsigned_token_signs_nothing() -> None:
    token = jwt.encode({"iss": str(uuid4()), "iat": 5}, "", algorithm="none")
    assert not rules.is_signed(token, SECRET)


@pytest.mark.parametrize(("seconds", "fresh"), [(-31, False), (-30, True), (30, True), (31, False)])
def test_a_token_is_good_for_half_a_minute(seconds, fresh) -> None:
    assert rules.is_fresh(int(AT.timestamp()) + seconds, AT) is fresh


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{3d5686fa-7bb3-4c9b-bcc3-a6c5f3d16301}",
        "d23483c663ab4715847598bb5b1cadc0",
        5,
        None,
        "-" * 36,
    ],
)
def test_what_is_no_uuid(text) -> None:
    assert rules.uuid_of(text) is None


def test_statuses_go_there_and_back() -> None:
    for wire in rules.ASKABLE:
        status, failure = rules.house_status(wire)
        if status:
            assert rules.wire_status(status, failure) == wire
    assert rules.wire_status("failed", "") == "technical-failure"
    assert isinstance(rules.uuid_of(str(uuid4())), UUID)
