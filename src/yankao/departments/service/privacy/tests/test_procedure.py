"""Asking, confirming, deciding: terms at their edges, refusals, what is carried out."""

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from tests.cast import NOW, PLAYERS
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject
from yankao.departments.service.privacy import queries, rules, services
from yankao.departments.service.privacy.models import Request
from yankao.departments.service.privacy.rules import Ground, Right
from yankao.departments.service.privacy.workflow import WORKFLOW, Move, State
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.trail import queries as trail
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
KIND = "toy.people"


def taipei(*parts):
    return datetime(*parts, tzinfo=TAIPEI)


# --- asking --------------------------------------------------------------------------------------


def test_asking_counts_only_once_confirmed(office):
    asked = office.ask()
    assert (asked.channel, asked.masked) == ("sms", "0912***678")
    request = Request.objects.get()
    assert (request.state, request.obligation) == (State.UNCONFIRMED, None)
    [(address, body)] = office.letters()
    assert address == "0912345678"
    assert "王小明" not in body
    assert queries.link_of(request) in body
    [confirmed] = office.confirm()
    assert confirmed.state == State.OPEN
    assert confirmed.agency_id == "ROADS"
    assert Obligation.objects.get().kind == "service.privacy.decide"


def test_who_used_english_is_written_to_in_english(office):
    office.people.put(1, language="en", email="anna@example.org")
    request = office.opened()
    services.extend(
        request_id=request.pk, days=5, reason="檔案在庫房", actor=office.actor("head"), at=NOW
    )
    office.grant(request)
    confirm, received, extended, decided = (
        body for address, body in office.letters() if address == "anna@example.org"
    )
    assert "open the link before 2026-" in confirm
    assert "a copy" in received or "personal data" in received.lower()
    assert "It will be decided by 2026-" in extended
    assert "檔案在庫房" in extended
    assert "Administrative Appeal Act" in decided
    assert "民國" not in confirm + received + extended + decided


def test_confirmed_twice_is_one_request(office):
    office.ask()
    office.confirm()
    office.confirm(at=NOW + timedelta(days=30))
    assert Request.objects.count() == Obligation.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "code"),
    [("T000001", "ABC234"), ("T000002", None), ("", ""), ("T000001", ""), ("t000009", "x" * 500)],
)
def test_a_wrong_code_and_a_wrong_number_are_answered_alike(office, number, code):
    told = {"number": number, "code": office.code(2) if code is None else code}
    with pytest.raises(services.CaseUnknown) as caught:
        office.ask(**told)
    assert caught.value.code == "privacy.case_unknown"
    assert not Request.objects.exists()
    assert not office.letters()


def test_the_code_is_read_as_people_write_it(office):
    code = office.code()
    office.ask(number=" t000001 ", code=f" {code[:3].lower()} {code[3:].lower()}")
    assert Request.objects.exists()


def test_mail_goes_before_text_messages(office):
    office.people.put(1, email="w@example.tw")
    assert office.ask().channel == "email"
    assert [address for address, _body in office.letters()] == ["w@example.tw"]


def test_nobody_to_be_reached_is_sent_to_the_counter(office):
    office.people.put(1, phone="", email="")
    with pytest.raises(services.NobodyReachable):
        office.ask()


def test_asked_again_is_refused_until_decided_or_dropped(office):
    office.ask()
    with pytest.raises(services.AskedAlready):
        office.ask()
    office.ask(Right.ERASE)
    later = NOW + timedelta(days=7)
    office.ask(at=later)
    assert services.drop_unconfirmed(at=later) == 2
    assert Request.objects.filter(state=State.EXPIRED).count() == 2


@pytest.mark.parametrize(
    ("days", "seconds", "good"), [(6, 86_399, True), (7, 0, False), (8, 0, False)]
)
def test_within_seven_days_it_is_confirmed(office, days, seconds, good):
    office.ask()
    at = NOW + timedelta(days=days, seconds=seconds)
    if good:
        assert office.confirm(at)[0].state == State.OPEN
    else:
        with pytest.raises(queries.RequestUnknown):
            office.confirm(at)
        assert not Obligation.objects.exists()


def test_every_agency_decides_for_itself(office):
    office.people.put(2, agency="TRAFFIC")
    office.people.put(3, agency="ROADS")
    office.people.put(4, name="別人")
    office.people.put(5, phone="0987654321")
    office.ask()
    found = office.confirm()
    assert {one.agency_id: [m.number for m in one.matters.all()] for one in found} == {
        "ROADS": ["T000001", "T000003"],
        "TRAFFIC": ["T000002"],
    }
    assert Obligation.objects.count() == 2


def test_a_shared_telephone_is_not_a_shared_name(office):
    office.people.put(2, name="王太太")
    request = office.opened(Right.ERASE)
    office.grant(request)
    assert list(office.people.rows) == [2]


@pytest.mark.parametrize("values", [{}, {"name": " "}, {"name": "王小明"}, {"phone": "0912345678"}])
def test_a_correction_changes_something(office, values):
    with pytest.raises(services.NothingWanted):
        office.ask(Right.CORRECT, values=values)


@pytest.mark.parametrize("player", PLAYERS)
def test_who_takes_in_at_the_counter(office, player):
    def act():
        return services.take_in(
            number="t000001", right=Right.ACCESS, values={}, identity="查驗身分證",
            actor=office.actor(player), at=NOW,
        )  # fmt: skip

    if player == "agent":
        [request] = act()
        assert (request.state, request.channel) == (State.OPEN, "counter")
    else:
        with pytest.raises(services.NotTakenIn):
            act()


def test_the_counter_says_how_it_knows(office):
    told = {"number": "T000001", "right": Right.ACCESS, "values": {}, "at": NOW}
    with pytest.raises(services.IdentityMissing):
        services.take_in(**told, identity=" ", actor=office.actor("agent"))


# --- the clock -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "opened", "due"),
    [
        # day one is the day after; 15 days on, a Thursday
        (Right.ACCESS, taipei(2026, 3, 4, 10), taipei(2026, 3, 19, 23, 59, 59)),
        # whatever the hour
        (Right.ACCESS, taipei(2026, 3, 4, 23, 59), taipei(2026, 3, 19, 23, 59, 59)),
        # the last day is a Saturday: Monday
        (Right.ACCESS, taipei(2026, 3, 6, 10), taipei(2026, 3, 23, 23, 59, 59)),
        # 30 days for changes; 3 April 2026 is a day off, and so are the days to the 6th
        (Right.ERASE, taipei(2026, 3, 4, 10), taipei(2026, 4, 7, 23, 59, 59)),
        (Right.CORRECT, taipei(2026, 3, 9, 10), taipei(2026, 4, 8, 23, 59, 59)),
        (Right.STOP, taipei(2026, 3, 9, 10), taipei(2026, 4, 8, 23, 59, 59)),
    ],
)
def test_the_last_day_to_decide(office, right, opened, due):
    office.people.put(1, closed_at=None)
    values = {"name": "王大明"} if right is Right.CORRECT else {}
    request = office.opened(right, at=opened.astimezone(NOW.tzinfo), values=values)
    assert queries.due_at(request).astimezone(TAIPEI).replace(microsecond=0) == due
    obligation = Obligation.objects.get()
    assert "個人資料保護法第 13 條" in obligation.term_citation


def extend(office, request, days, at=NOW, reason="資料多", player="head"):
    return services.extend(
        request_id=request.pk, days=days, reason=reason, actor=office.actor(player), at=at
    )


@pytest.mark.parametrize(
    ("right", "days", "good"),
    [
        (Right.ACCESS, 15, True),
        (Right.ACCESS, 16, False),
        (Right.ACCESS, 0, False),
        (Right.ACCESS, -1, False),
        (Right.ERASE, 30, True),
        (Right.ERASE, 31, False),
    ],
)
def test_how_long_it_is_extended(office, right, days, good):
    request = office.opened(right)
    if not good:
        with pytest.raises(services.ExtensionWrong):
            extend(office, request, days)
        return
    extend(office, request, days)
    # counted from the opening: 30 days end on the day off of 3 April, 60 on a Sunday
    last = {Right.ACCESS: taipei(2026, 4, 7), Right.ERASE: taipei(2026, 5, 4)}[right]
    assert queries.due_at(request).astimezone(TAIPEI).date() == last.date()
    assert "資料多" in office.letters()[-1][1] or "延到" in office.letters()[-1][1]
    with pytest.raises(services.ExtensionWrong):
        extend(office, request, 1)


@pytest.mark.parametrize(("after", "good"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_it_is_extended_before_the_term_ends(office, after, good):
    request = office.opened()
    at = queries.due_at(request) + after
    if good:
        extend(office, request, 5, at=at)
    else:
        with pytest.raises(services.ExtensionWrong):
            extend(office, request, 5, at=at)


def test_an_extension_says_why(office):
    with pytest.raises(services.ExtensionWrong):
        extend(office, office.opened(), 5, reason="  ")


# --- deciding ------------------------------------------------------------------------------------


def act(office, move, request, player):
    if move is Move.EXTEND:
        return extend(office, request, 5, player=player)
    if move is Move.GRANT:
        return office.grant(request, player)
    return services.refuse(
        request_id=request.pk, ground=Ground.NOT_THE_PERSON, reason="不是本人",
        actor=office.actor(player), at=NOW,
    )  # fmt: skip


MAY = {(move, player) for move in Move for player in ("supervisor", "head")}
SEES = {"officer", "second_officer", "supervisor", "head", "commission", "auditor"}


@pytest.mark.parametrize("move", WORKFLOW.moves())
@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_do_what(office, move, player):
    request = office.opened()
    if (move, player) in MAY:
        act(office, move, request, player)
        return
    expected = services.NotYours if player in SEES else queries.RequestUnknown
    with pytest.raises(expected):
        act(office, move, request, player)
    assert Request.objects.get().state == State.OPEN


@pytest.mark.parametrize("move", WORKFLOW.moves())
@pytest.mark.parametrize("ended", [Move.GRANT, Move.REFUSE])
def test_what_is_decided_stays(office, move, ended):
    request = office.opened()
    act(office, ended, request, "head")
    with pytest.raises(services.NotYours):
        act(office, move, request, "supervisor")


def test_an_unconfirmed_request_is_nobodys(office):
    office.ask()
    with pytest.raises(queries.RequestUnknown):
        office.grant(Request.objects.get())


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("ground", Ground)
def test_a_ground_fits_its_right(office, right, ground):
    request = office.opened(right, values={"name": "甲"})
    told = {"request_id": request.pk, "reason": "說明", "actor": office.actor("head"), "at": NOW}
    if ground in rules.grounds_for(right):
        refused = services.refuse(ground=ground, **told)
        assert (refused.state, refused.ground) == (State.REFUSED, ground)
        assert Obligation.objects.get().state == "fulfilled"
        assert office.people.rows[1].name == "王小明"
    else:
        with pytest.raises(services.GroundWrong):
            services.refuse(ground=ground, **told)


def test_a_refusal_says_why(office):
    request = office.opened()
    with pytest.raises(services.GroundWrong):
        services.refuse(
            request_id=request.pk, ground=Ground.OTHERS, reason=" ",
            actor=office.actor("head"), at=NOW,
        )  # fmt: skip


def test_access_gives_a_copy_of_this_agencys_records_only(office):
    office.people.put(2, agency="TRAFFIC", texts={"內容": "別機關"})
    request = office.opened()
    office.grant(request)
    made = services.copy_for_citizen(
        token=office.token(), number=request.number, code=office.code(),
        actor=office.actor("anonymous"), at=NOW,
    )  # fmt: skip
    told = json.loads(zipfile.ZipFile(io.BytesIO(made.content)).read("personal-data.json"))
    [record] = told["records"]
    assert record["contact"] == {"name": "王小明", "phone": "0912345678"}
    assert record["said"] == {"內容": "我是王小明"}
    assert "別機關" not in str(told)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"code": "ABC234"}, services.CodeWrong),
        ({"token": "x"}, queries.RequestUnknown),
        ({"number": "G1"}, queries.RequestUnknown),
        ({"at": NOW + timedelta(days=14)}, queries.RequestUnknown),
    ],
)
def test_the_copy_needs_link_code_and_time(office, changes, refusal):
    request = office.opened()
    told = {"token": office.token(), "number": request.number, "code": office.code(), "at": NOW}
    with pytest.raises(queries.RequestUnknown):
        services.copy_for_citizen(**told, actor=office.actor("anonymous"))
    office.grant(request)
    with pytest.raises(refusal):
        services.copy_for_citizen(**{**told, **changes}, actor=office.actor("anonymous"))


@pytest.mark.parametrize("player", PLAYERS)
def test_who_hands_out_the_copy(office, player):
    request = office.opened()
    office.grant(request)
    told = {"request_id": request.pk, "actor": office.actor(player), "at": NOW}
    if player in {"supervisor", "head"}:
        assert services.copy_for_staff(**told).content
    else:
        with pytest.raises(queries.RequestUnknown):
            services.copy_for_staff(**told)


def test_a_correction_keeps_the_old_value_sealed(office):
    request = office.opened(Right.CORRECT, values={"name": "王大明", "phone": ""})
    office.grant(request)
    assert (office.people.rows[1].name, office.people.rows[1].phone) == ("王大明", "0912345678")
    entry = Entry.objects.get(action="service.privacy.corrected")
    assert "王" not in str((entry.old, entry.new, entry.reason))
    [kept] = [e for e in trail.history_of(Subject(KIND, 1)) if e.action.endswith("corrected")]
    assert kept.personal["old"] == {"name": "王小明"}
    assert Request.objects.get().wanted is None


def test_stopping_takes_the_ways_to_reach_away(office):
    office.grant(office.opened(Right.STOP))
    held = office.people.rows[1]
    assert (held.name, held.phone, held.email) == ("王小明", "", "")


def test_erasing_keeps_what_is_still_at_work(office):
    office.people.put(2, closed_at=None)
    request = office.opened(Right.ERASE)
    office.grant(request)
    assert list(office.people.rows) == [2]
    outcomes = request.matters.values_list("number", "outcome")
    assert dict(outcomes) == {"T000001": "done", "T000002": "kept"}
    told = str(list(Entry.objects.values_list("new", "reason", "action")))
    assert "service.privacy.erased" in told
    assert "王小明" not in told
    assert office.letters()[-1][0] == "0912345678"  # the decision still reaches them


def test_nothing_is_erased_while_all_is_at_work(office):
    office.people.put(1, closed_at=None)
    request = office.opened(Right.ERASE)
    with pytest.raises(services.NothingToErase):
        office.grant(request)
    assert Request.objects.get().state == State.OPEN
    assert 1 in office.people.rows


@pytest.mark.django_db(transaction=True)
def test_confirmed_by_two_browsers_at_once_is_one_request(office):
    office.people.put(2, agency="TRAFFIC")
    office.ask()
    token = office.token()

    def press(_n):
        try:
            return len(services.confirm(token=token, actor=office.actor("anonymous"), at=NOW))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(press, range(4))) == [2, 2, 2, 2]
    assert Request.objects.count() == Obligation.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_chiefs_decide_once(office):
    request = office.opened(Right.ERASE)
    chiefs = [office.actor("head"), office.actor("supervisor")]

    def press(chief):
        try:
            services.grant(request_id=request.pk, reason="", actor=chief, at=NOW)
            return True
        except services.NotYours:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, chiefs)) == [False, True]
    assert Entry.objects.filter(action="service.privacy.erased").count() == 1
