"""Storm mode: clusters that do not run away, orders formed and moved many at once, by whom."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.cast import NOW, PLAYERS
from yankao.base.errors import Forbidden, NotVisible
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import Case, CaseEntry, Extension
from yankao.departments.service.dispatch.pages import orders as faces
from yankao.departments.service.dispatch.rules.clusters import SPREAD, Spot, clusters
from yankao.departments.service.dispatch.rules.places import distance_m
from yankao.departments.service.dispatch.rules.sketches import sketch
from yankao.departments.service.dispatch.services import joining, moving
from yankao.departments.service.dispatch.tests.test_pages import picture
from yankao.departments.service.dispatch.workflow import State
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.people.models import Tenure
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

LAT, LNG = 22.65, 120.35
METRE = 1 / 111_195.08


def after(**span):
    return NOW + timedelta(**span)


# --- clusters -----------------------------------------------------------------------------------


def spot(key, north=0.0, kind="pothole"):
    return Spot(key, LAT + north * METRE, LNG, (kind,))


def test_neighbours_are_one_cluster_and_the_rest_is_alone() -> None:
    spots = [spot(1), spot(2, 30), spot(3, 60.4), spot(4, 200)]
    assert clusters(spots, reach_m=30) == [(1, 2), (3,), (4,)]
    assert clusters(spots, reach_m=31) == [(1, 2, 3), (4,)]


def test_other_items_and_agencies_stay_apart() -> None:
    assert clusters([spot(1), spot(2, 1, "light")], reach_m=30) == [(1,), (2,)]


def test_a_chain_does_not_swallow_the_street() -> None:
    chain = clusters([spot(n, 25 * n) for n in range(100)], reach_m=30)
    assert max(map(len, chain)) <= SPREAD * 30 // 25 + 1
    assert len(chain) > 10


def test_nothing_and_no_reach() -> None:
    assert clusters([], reach_m=30) == []
    assert clusters([spot(2), spot(1)], reach_m=0) == [(1,), (2,)]


def test_thousands_on_one_spot_are_no_trouble() -> None:
    assert clusters([spot(n) for n in range(5_000)], reach_m=30) == [tuple(range(5_000))]


metres = st.floats(0, 400).map(lambda m: round(m, 1))
scattered = st.lists(st.tuples(metres, metres, st.sampled_from("ab")), max_size=40)


@settings(max_examples=150, deadline=None)
@given(places=scattered, order=st.randoms(use_true_random=False))
def test_clusters_are_a_partition_whatever_the_order(places, order) -> None:
    spots = [
        Spot(key, LAT + north * METRE, LNG + east * METRE, (kind,))
        for key, (north, east, kind) in enumerate(places)
    ]
    found = clusters(spots, reach_m=50)
    assert sorted(key for keys in found for key in keys) == list(range(len(spots)))
    for keys in found:
        inside = [spots[key] for key in keys]
        assert len({one.kind for one in inside}) == 1
        for one in inside:
            near = [distance_m(one.lat, one.lng, o.lat, o.lng) for o in inside if o is not one]
            assert not near or min(near) <= 50.5, "nobody is in a cluster without a neighbour"
            assert max(near, default=0) <= SPREAD * 50 + 1
    mixed = list(spots)
    order.shuffle(mixed)
    assert clusters(mixed, reach_m=50) == found


def test_a_sketch_keeps_north_up_and_fits_the_paper() -> None:
    drawn = sketch([(1, LAT, LNG), (2, LAT + 100 * METRE, LNG), (3, LAT, LNG + 50 * METRE)])
    assert drawn is not None
    south, north, east = drawn.dots
    assert north.y < south.y
    assert east.x > south.x
    assert all(0 <= d.x <= drawn.width and 0 <= d.y <= drawn.height for d in drawn.dots)
    assert round((south.y - north.y) / drawn.scale_px * drawn.scale_m) == pytest.approx(100, abs=3)
    assert sketch([(1, LAT, LNG)]) is None
    on_one_spot = sketch([(1, LAT, LNG), (2, LAT, LNG)])
    assert on_one_spot is not None
    assert [dot.label for dot in on_one_spot.dots] == ["1,2"]


# --- joining many at once -----------------------------------------------------------------------


def group(*reported):
    lead, *others = reported
    return services.Group(lead.number, tuple(o.number for o in others))


def join(town, *groups, by="supervisor", at=None):
    return services.join_groups(
        groups=groups, reason="風災", actor=town.actor(by), at=at or after(minutes=30)
    )


def snapshot():
    """Everything joining may change, without keys that differ from run to run."""
    numbers = dict(Case.objects.values_list("pk", "number"))
    cases = Case.objects.order_by("number").values_list(
        "number", "state", "lead__number", "handling_id", "officer_id", "agency_id", "unit_id"
    )
    obligations = Obligation.objects.order_by("number", "kind").values_list(
        "number", "kind", "state", "ended_at", "outcome_reason", "next_step_at", "due_at"
    )
    changes = ObligationChange.objects.order_by("obligation__number", "id").values_list(
        "obligation__number", "kind", "reason", "actor_key"
    )
    entries = CaseEntry.objects.order_by("case__number", "id").values_list(
        "case__number", "move", "words", "actor_key", "agency_id"
    )
    trail = Entry.objects.filter(action__in=["service.dispatch.join", "kernel.obligations.lapsed"])
    noted = sorted(
        (e.action, numbers.get(e.subject_id, ""), e.reason, e.agency or "")
        for e in trail
        if e.action == "service.dispatch.join"
    )
    tenures = Tenure.objects.order_by("subject_id", "from_at").values_list(
        "agency_id", "from_at", "until_at"
    )
    return [list(rows) for rows in (cases, obligations, changes, entries, noted, tenures)]


class _Undone(Exception):
    pass


def outcome_of(work):
    """What the work leaves behind, taken back again."""
    try:
        with transaction.atomic():
            work()
            seen = snapshot()
            raise _Undone
    except _Undone:
        return seen


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), data=st.data())
def test_many_at_once_is_the_same_as_one_by_one(town, sizes, data) -> None:
    with transaction.atomic():
        groups = []
        for size in sizes:
            item = data.draw(st.sampled_from(["pothole", "light"]))
            signed_in = data.draw(st.booleans())
            lead = town.report(item=item)
            others = [
                town.report(item=data.draw(st.sampled_from(["pothole", "light"])))
                for _ in range(size)
            ]
            if signed_in:
                player = "officer" if item == "pothole" else "other_officer"
                services.accept_case(number=lead.number, actor=town.actor(player), at=NOW)
            groups.append(group(lead, *others))
        how = {"reason": "風災", "actor": town.actor("commission"), "at": after(minutes=30)}

        def together() -> None:
            outcomes = services.join_groups(groups=groups, **how)
            assert [one.joined for one in outcomes] == sizes

        def one_by_one() -> None:
            for one in groups:
                for number in one.numbers:
                    assert services.join_cases(lead=one.lead, numbers=[number], **how) == 1

        assert outcome_of(together) == outcome_of(one_by_one)
        transaction.set_rollback(True)


def test_a_refused_group_leaves_the_others_alone(town) -> None:
    first, second, done = town.report(), town.report(), town.done()
    third, fourth = town.report(), town.report()
    good, bad, also = join(town, group(first, second), group(done, third), group(fourth, third))
    assert (good.joined, bad.joined, also.joined) == (1, 0, 1)
    assert isinstance(bad.refusal, joining.CannotLead)
    assert town.case(third).lead_id == fourth.case_id


def test_pressed_twice_joins_nothing_new(town) -> None:
    first, second = town.report(), town.report()
    assert [one.joined for one in join(town, group(first, second))] == [1]
    (again,) = join(town, group(first, second))
    assert (again.joined, again.refusal) == (0, None)
    assert CaseEntry.objects.filter(move="join").count() == 1


def test_one_named_in_two_groups_goes_with_the_first(town) -> None:
    a, b, c = town.report(), town.report(), town.report()
    first, second = join(town, group(a, b), group(c, b))
    assert first.joined == 1
    assert isinstance(second.refusal, moving.Overtaken)
    first, second = join(town, group(c, a), group(a, c))
    assert (first.joined, first.refusal) == (1, None)
    assert isinstance(second.refusal, joining.CannotLead), "it follows since a moment ago"
    assert town.case(b).lead_id == c.case_id, "who followed it follows the new one"


def test_a_leader_of_this_very_run_is_not_joined_in_it(town) -> None:
    a, b, c = town.report(), town.report(), town.report()
    _first, second = join(town, group(a, b), group(c, a))
    assert isinstance(second.refusal, moving.Overtaken)


@pytest.mark.parametrize("numbers", [("D999", "x"), ("", ""), ("'; DROP TABLE", "\u202e")])
def test_numbers_that_are_none(town, numbers) -> None:
    lead = town.report()
    (one,) = join(town, services.Group(lead.number, numbers))
    assert isinstance(one.refusal, NotVisible)
    (one,) = join(town, services.Group(numbers[0], (lead.number,)))
    assert isinstance(one.refusal, NotVisible)


def test_an_extension_asked_for_is_moot_and_joining_is_not_taken_back(town) -> None:
    lead, case = town.report(), town.accepted()
    services.ask_extension(
        number=case.number, amount=2, reason="x", actor=town.actor("officer"), at=after(minutes=15)
    )
    supervisor = town.actor("supervisor")
    services.join_cases(
        lead=lead.number, numbers=[case.number], reason="", actor=supervisor, at=after(minutes=20)
    )
    assert Extension.objects.get().outcome == "moot"
    assert (
        queries.undoable_move(Case.objects.get(pk=case.pk), supervisor, after(minutes=20)) is None
    )
    open_ones = Obligation.objects.filter(state="open")
    assert list(open_ones.values_list("number", flat=True)) == [lead.number]


def test_statements_do_not_grow_with_the_cases(town) -> None:
    def cost(groups, each) -> int:
        made = [group(*(town.report() for _ in range(each + 1))) for _ in range(groups)]
        with CaptureQueriesContext(connection) as captured:
            outcomes = join(town, *made)
        assert sum(one.joined for one in outcomes) == groups * each
        return len(captured)

    small = cost(2, 2)  # one alone is done with fewer
    assert cost(4, 6) == small
    assert small <= 30


def test_closing_tells_hundreds_in_few_statements(town) -> None:
    def closing(reports: int) -> int:
        lead = town.accepted(contact=services.Contact(phone="0911000000"), item="pothole")
        joined = [
            town.report(
                joins=lead.number, contact=services.Contact(phone=f"09{n:02d}{lead.pk % 1000:06d}")
            )
            for n in range(reports)
        ]
        town.finish(lead, at=after(hours=1))
        with CaptureQueriesContext(connection) as captured:
            services.verify_case(
                number=lead.number, words="", actor=town.actor("head"), at=after(hours=2)
            )
        told = Notice.objects.filter(
            template__key="dispatch.closed", subject_id__in=[lead.pk, *(j.case_id for j in joined)]
        )
        assert told.count() == reports + 1, "each reporter once"
        return len(captured)

    assert closing(3) == closing(12)


@pytest.mark.django_db(transaction=True)
def test_two_who_form_the_same_orders(town) -> None:
    made = [group(*(town.report() for _ in range(4))) for _ in range(3)]

    def run(player) -> list[int]:
        try:
            with transaction.atomic():
                return [one.joined for one in join(town, *made, by=player)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(run, ["supervisor", "commission"])
    assert sorted([first, second]) == [[0, 0, 0], [3, 3, 3]]
    assert CaseEntry.objects.filter(move="join").count() == 9


# --- the page -----------------------------------------------------------------------------------


@pytest.fixture
def frozen():
    with time_machine.travel(after(hours=1), tick=False):
        yield


def blow(town, count=3, north=0.0, **changes):
    """So many reports a few metres apart."""
    return [
        town.report(
            where=services.Where(lat=LAT + (north + 5 * n) * METRE, lng=LNG, words=""), **changes
        )
        for n in range(count)
    ]


def choice(**changes):
    whole = {"from_at": after(hours=-24), "until_at": after(hours=1), **changes}
    return queries.StormChoice(**whole)


def test_a_storm_at_a_glance(town, commission) -> None:
    blow(town, 3)
    blow(town, 2, north=5000)
    blow(town, 1, north=-3000)
    blow(town, 2, item="light")
    town.report(where=services.Where(district="64000080", words="路口"))
    town.done(at=after(hours=-3))
    storm = queries.storm_for(commission, choice())
    assert [p.count for p in storm.proposals] == [3, 2, 2]
    assert (storm.reports, storm.alone, storm.without_point) == (9, 1, 1)
    lead = storm.proposals[0].lead
    assert lead.number == Case.objects.order_by("pk").first().number, "the oldest leads"
    assert [(code, n) for code, _name, n in storm.items] == [("pothole", 7), ("light", 2)]
    only = queries.storm_for(commission, choice(items=frozenset({"light"})))
    assert [p.count for p in only.proposals] == [2]
    assert queries.storm_for(commission, choice(until_at=NOW)).reports == 0, "the end is exclusive"
    assert queries.storm_for(commission, choice(from_at=NOW)).reports == 9, "the beginning is not"


def test_what_leads_already_can_grow(town, commission) -> None:
    lead, _other, late = blow(town, 3)
    join(town, group(lead, _other))
    (proposal,) = queries.storm_for(commission, choice()).proposals
    assert (proposal.count, proposal.numbers) == (3, f"{lead.number} {late.number}")


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("player", PLAYERS)
def test_by_player(town, client_of, player) -> None:
    ours, theirs = blow(town, 3), blow(town, 2, item="light")
    client = client_of(player)
    page = client.get("/dispatch/storm/")
    allowed = {"officer", "second_officer", "supervisor", "other_officer", "commission", "agent"}
    if player not in allowed:
        assert page.status_code == (302 if player == "anonymous" else 403)
        for address in ("orders/", "orders.csv", "run/"):
            assert client.get(f"/dispatch/storm/{address}").status_code in {302, 403}
        posted = client.post("/dispatch/storm/", {"group": " ".join(o.number for o in ours)})
        assert posted.status_code in {302, 403}
        assert not Case.objects.filter(state="joined").exists()
        return
    shown = page.content.decode()
    sees = {"ours": player != "other_officer", "theirs": player not in _ROADS}
    assert (ours[0].number in shown, theirs[0].number in shown) == tuple(sees.values())
    for reports, seen in ((ours, sees["ours"]), (theirs, sees["theirs"])):
        answer = client.post("/dispatch/storm/", {"group": " ".join(o.number for o in reports)})
        assert answer.status_code == (302 if seen else 200)
        joined = Case.objects.filter(lead=reports[0].case_id).count()
        assert joined == (len(reports) - 1 if seen else 0)
    listed = client.get("/dispatch/storm/orders/").content.decode()
    assert (ours[0].number in listed, theirs[0].number in listed) == tuple(sees.values())
    sheet = client.get("/dispatch/storm/orders.csv")
    text = b"".join(sheet.streaming_content).decode()
    assert (ours[0].number in text, theirs[0].number in text) == tuple(sees.values())
    for reported, seen in ((ours[0], sees["ours"]), (theirs[0], sees["theirs"])):
        page = client.get(f"/dispatch/storm/orders/{reported.number}/")
        assert page.status_code == (200 if seen else 404)


_ROADS = {"officer", "second_officer", "supervisor"}


@pytest.mark.usefixtures("frozen")
def test_from_proposal_to_the_end_without_javascript(town, client_of) -> None:
    for north in (0, 5000):
        blow(town, 3, north=north, contact=services.Contact(phone=f"091234{north:04d}"))
        town.report(
            at=after(hours=-9), where=services.Where(lat=LAT + 0.01, lng=LNG + north * METRE)
        )
    supervisor, officer = client_of("supervisor"), client_of("officer")
    page = supervisor.get("/dispatch/storm/").content.decode()
    groups = _values(page, "group")
    assert len(groups) == 2
    answer = supervisor.post("/dispatch/storm/", {"group": groups}, follow=True)
    assert "已成立 2 張工單，併入 4 件通報。" in answer.content.decode()
    numbers = [value.split()[0] for value in groups]

    def do(client, move, **given):
        sent = {"do": move, "number": numbers, **given}
        begun = client.post("/dispatch/storm/bulk/", sent)
        assert begun.status_code == 302, begun.content.decode()
        assert "共 2 張工單" in client.get(begun.url).content.decode()
        client.post(begun.url)
        return client.get(begun.url, follow=True).content.decode()

    assert "完成 2 張工單" in do(officer, "accept")
    asked = officer.post("/dispatch/storm/bulk/", {"do": "report_done", "number": numbers})
    assert "共有 6 件通報" in asked.content.decode()
    proof = {"public_remark": "已填補。", "confirmed": "1"}
    without = officer.post(
        "/dispatch/storm/bulk/", {"do": "report_done", "number": numbers, **proof}
    )
    assert without.status_code == 422
    assert "照片" in without.content.decode()
    assert "完成 2 張工單" in do(officer, "report_done", photos=picture(), **proof)
    assert Case.objects.filter(state="done").count() == 2
    assert "完成 2 張工單" in do(supervisor, "verify", confirmed="1")
    assert Case.objects.filter(state="closed").count() == 6
    assert Notice.objects.filter(template__key="dispatch.closed").count() == 6


def _values(page, name):
    import re

    return re.findall(rf'name="{name}"[^>]*value="([^"]+)"', page)


@pytest.mark.usefixtures("frozen")
def test_four_eyes_hold_for_many_too(town, client_of) -> None:
    numbers = []
    for north in (0, 5000):
        lead, *others = blow(town, 2, north=north)
        join(town, group(lead, *others))
        numbers.append(lead.number)
    supervisor = town.actor("supervisor")
    case = services.accept_case(number=numbers[0], actor=supervisor, at=after(minutes=40))
    town.finish(case, "supervisor", at=after(minutes=50))
    case = services.accept_case(
        number=numbers[1], actor=town.actor("officer"), at=after(minutes=40)
    )
    town.finish(case, at=after(minutes=50))
    client = client_of("supervisor")
    client.post("/dispatch/storm/bulk/", {"do": "verify", "number": numbers, "confirmed": "1"})
    client.post("/dispatch/storm/run/")
    page = client.get("/dispatch/storm/run/").content.decode()
    assert "1 張工單沒有完成" in page
    assert "不能自己查驗" in page
    assert Case.objects.get(number=numbers[0]).state == State.DONE
    assert Case.objects.get(number=numbers[1]).state == State.CLOSED
    client.post("/dispatch/storm/run/", {"again": "1"})
    assert "1 張工單沒有完成" in client.get("/dispatch/storm/run/").content.decode()


@pytest.mark.usefixtures("frozen")
def test_a_step_taken_twice_is_done_once(town, client_of) -> None:
    (lead, other) = blow(town, 2)
    join(town, group(lead, other))
    client = client_of("officer")
    client.post("/dispatch/storm/bulk/", {"do": "accept", "number": lead.number})
    kept = dict(client.session[faces.RUN])
    client.post("/dispatch/storm/run/")
    session = client.session
    session[faces.RUN] = kept
    session.save()
    client.post("/dispatch/storm/run/")
    assert "完成 1 張工單" in client.get("/dispatch/storm/run/", follow=True).content.decode()
    assert CaseEntry.objects.filter(move="accept").count() == 1
    second = client_of("second_officer")
    second.post("/dispatch/storm/bulk/", {"do": "accept", "number": lead.number})
    second.post("/dispatch/storm/run/")
    assert "案件已經簽收" in second.get("/dispatch/storm/run/").content.decode()


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "還沒有勾選"),
        ({"group": ""}, "還沒有勾選"),
        ({"group": [str(n) for n in range(201)]}, "一次最多 200 件"),
        ({"group": " ".join(["x"] * 10_001)}, "一次最多 10000 件"),
        ({"do": "accept"}, "還沒有勾選"),
        ({"do": "accept", "number": [str(n) for n in range(201)]}, "一次最多 200 件"),
    ],
)
def test_nothing_or_too_much_chosen(town, client_of, body, says) -> None:
    address = "/dispatch/storm/bulk/" if "do" in body else "/dispatch/storm/"
    answer = client_of("supervisor").post(address, body)
    assert answer.status_code == 422
    assert says in answer.content.decode()


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    "query",
    ["?from_at=x", "?from_at=2026-03-04T10:00&until_at=2026-03-04T09:00", "?reach=7"
     "&from_at=2026-03-04T10:00&until_at=2026-03-05T09:00"],
)  # fmt: skip
def test_a_period_that_makes_no_sense(town, client_of, query) -> None:
    assert client_of("commission").get(f"/dispatch/storm/{query}").status_code == 422


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("do", ["close", "reassign", "", "accept\0", "__init__"])
def test_only_the_moves_of_orders(town, client_of, do) -> None:
    answer = client_of("commission").post("/dispatch/storm/bulk/", {"do": do, "number": "D1"})
    assert answer.status_code in {400, 404}


@pytest.mark.usefixtures("frozen")
def test_empty_pages_say_what_to_do(town, client_of) -> None:
    client = client_of("commission")
    assert "這段期間沒有未併的通報" in client.get("/dispatch/storm/").content.decode()
    blow(town, 1)
    assert "沒有可併的通報" in client.get("/dispatch/storm/").content.decode()
    assert "這裡沒有工單" in client.get("/dispatch/storm/orders/").content.decode()
    assert client.get("/dispatch/storm/orders/?view=nothing").status_code == 404
    assert client.get("/dispatch/storm/run/").status_code == 302


@pytest.mark.usefixtures("frozen")
def test_pages_cost_few_queries(town, client_of, django_assert_max_num_queries) -> None:
    for north in range(0, 40_000, 4_000):
        reports = blow(town, 3, north=north / 10)
        if north % 8_000:
            join(town, group(*reports))
    client = client_of("commission")
    client.get("/work/")
    for address in ("", "orders/?view=received"):
        with django_assert_max_num_queries(12):
            client.get(f"/dispatch/storm/{address}")
    order = Case.objects.filter(followers__isnull=False).first()
    with django_assert_max_num_queries(12):
        client.get(f"/dispatch/storm/orders/{order.number}/")


def test_the_sheet_of_what_joined_another_has_no_due_time(town, client_of) -> None:
    lead, other = blow(town, 2)
    join(town, group(lead, other))
    page = client_of("officer").get(f"/dispatch/storm/orders/{other.number}/")
    assert page.status_code == 200
    assert "<span>—</span>" in page.content.decode()


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("format", ["xlsx", "ods"])
def test_the_orders_as_a_spreadsheet(town, client_of, format) -> None:
    blown = blow(town, 3)
    join(town, group(*blown))
    client = client_of("supervisor")
    assert (
        f"orders.{format}?view=received" in client.get("/dispatch/storm/orders/").content.decode()
    )
    answer = client.get(f"/dispatch/storm/orders.{format}?view=received")
    assert f'filename="dispatch-orders.{format}"' in answer["Content-Disposition"]
    body = b"".join(answer.streaming_content)
    if format == "xlsx":
        sheet = load_workbook(io.BytesIO(body)).active
        assert sheet[2][0].value == blown[0].number
        assert sheet[2][10].value == 3
        assert sheet.max_row == 2


def test_the_crews_sheet_names_every_report(town, client_of) -> None:
    lead, *others = blow(town, 3, description="洞很深")
    join(town, group(lead, *others))
    page = client_of("officer").get(f"/dispatch/storm/orders/{lead.number}/").content.decode()
    for reported in (lead, *others):
        assert reported.number in page
    assert "22.650000, 120.350000" in page
    assert page.count('r="4"') == 3


@pytest.mark.parametrize("player", ["head", "auditor"])
def test_who_reads_may_not_join(town, player) -> None:
    (refused,) = join(town, group(*blow(town, 2)), by=player)
    assert isinstance(refused.refusal, Forbidden)
    assert not Case.objects.filter(state="joined").exists()
