"""Taking in a report: everything or nothing, once, in the right hands, with a clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from tests.cast import NOW
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import Case, Item, Reporter, Route
from yankao.departments.service.dispatch.services import intake
from yankao.kernel.casework import lookups
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.trail.models import Entry

from .conftest import EAST, WEST

pytestmark = pytest.mark.django_db


def jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_report_opens_everything(town) -> None:
    contact = services.Contact(name="王小明", phone="0912345678", email="a@example.org")
    reported = town.report(contact=contact, description="很大的坑")
    case = town.case(reported)
    assert case.number == "D115030400001"
    assert (case.district_id, case.village_id) == (EAST, f"{EAST}001")
    assert case.agency == town.cast.roads
    assert reported.due_at == NOW + timedelta(hours=4)
    assert case.promise_id == case.handling_id
    assert Reporter.objects.get(case=case).phone == "0912345678"
    assert jobs().count("kernel.notices.deliver") >= 2


def test_trail_keeps_personal_values_apart(town) -> None:
    town.report(contact=services.Contact(name="王小明", phone="0912345678"), description="秘密")
    entry = Entry.objects.get(action="service.dispatch.received")
    shown = f"{entry.old} {entry.new} {entry.reason}"
    assert "0912345678" not in shown
    assert "秘密" not in shown


def test_obligation_names_no_person(town) -> None:
    town.report(contact=services.Contact(name="王小明"), description="王小明家門口")
    promise = Obligation.objects.get()
    assert "王小明" not in f"{promise.title}{promise.place}{promise.number}"


def test_nothing_remains_of_a_refused_report(town) -> None:
    with pytest.raises(intake.PlaceOutsideCity):
        town.report(where=services.Where(lat=25.03, lng=121.56))
    assert not Case.objects.exists()
    assert not Obligation.objects.exists()
    assert jobs() == []
    assert town.report().number.endswith("00001"), "no number was used up"


@pytest.mark.parametrize(
    "where",
    [
        services.Where(),
        services.Where(district=EAST),
        services.Where(district=EAST, words="   "),
        services.Where(district="nowhere", words="路口"),
        services.Where(lat=22.65, words="路口"),
    ],
)
def test_a_place_is_needed(town, where) -> None:
    with pytest.raises(intake.PlaceMissing):
        town.report(where=where)


def test_district_and_words_suffice(town) -> None:
    case = town.case(town.report(where=services.Where(district=WEST, words="七賢三路口")))
    assert (case.district_id, case.lat, case.place_words) == (WEST, None, "七賢三路口")


def test_the_point_outweighs_the_district(town) -> None:
    where = services.Where(lat=22.65, lng=120.35, district=WEST, words="路口")
    assert town.case(town.report(where=where)).district_id == EAST


def test_item_must_be_in_force(town) -> None:
    Item.objects.filter(pk="pothole").update(in_force_to="2026-03-03")
    with pytest.raises(intake.ItemClosed):
        town.report()
    with pytest.raises(intake.ItemClosed):
        town.report(item="no-such")


def test_last_day_of_an_item_counts_in_taipei(town) -> None:
    Item.objects.filter(pk="pothole").update(in_force_to="2026-03-04")
    town.report(at=datetime.fromisoformat("2026-03-04T23:59:00+08:00"))
    with pytest.raises(intake.ItemClosed):
        town.report(at=datetime.fromisoformat("2026-03-05T00:00:00+08:00"))


def test_without_route_the_citizen_is_told_whom_to_call(town) -> None:
    Route.objects.all().delete()
    with pytest.raises(intake.NoAgency, match="1999"):
        town.report()


def test_numbers_begin_anew_each_taipei_day(town) -> None:
    late = town.report(at=datetime.fromisoformat("2026-03-04T23:59:59+08:00"))
    early = town.report(at=datetime.fromisoformat("2026-03-05T00:00:00+08:00"))
    assert (late.number, early.number) == ("D115030400001", "D115030500001")


def test_same_key_is_the_same_report(town) -> None:
    first = town.report(intake_key="k" * 20)
    second = town.report(intake_key="k" * 20)
    with pytest.raises(intake.KeyTaken):
        town.report(intake_key="k" * 20, description="somebody else's")
    assert (first.number, first.code) == (second.number, second.code)
    assert Case.objects.count() == 1
    assert town.report(intake_key="other" * 4) != first


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_case_and_crowds_leave_no_gap(town) -> None:
    def press(key: str) -> str:
        try:
            with transaction.atomic():
                return town.report(intake_key=key).number
        finally:
            connections.close_all()

    keys = [f"key-{n // 2:020d}" for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(press, keys))
    assert len(set(numbers)) == 8
    assert sorted(set(numbers)) == [f"D1150304{n:05d}" for n in range(1, 9)]
    assert Case.objects.count() == 8


@pytest.mark.parametrize(("name", "told"), [("phone", "0912345678"), ("email", "a@example.org")])
def test_nobody_is_flooded_with_letters(town, name, told) -> None:
    contact = services.Contact(**{name: told})
    for _ in range(intake.LETTERS_A_DAY):
        town.report(contact=contact)
    with pytest.raises(intake.TooManyLetters):
        town.report(contact=contact)
    town.report(contact=contact, channel="1999")
    town.report(contact=contact, at=NOW + timedelta(days=1, seconds=1))


def test_letters_hold_none_of_the_reporters_words(town) -> None:
    where = services.Where(lat=22.65, lng=120.35, words="中獎了請點這裡")
    town.report(where=where, contact=services.Contact(phone="0912345678", email="a@example.org"))
    from yankao.kernel.notices.models import Envelope

    letters = [str(vars(envelope)) for envelope in Envelope.objects.all()]
    assert len(letters) == 2
    assert not any("中獎" in letter for letter in letters)


def test_citizens_report_public_items_only(town) -> None:
    Item.objects.filter(pk="pothole").update(is_public=False)
    with pytest.raises(intake.ItemClosed):
        town.report()
    town.report(channel="1999")


def test_link_opens_only_as_signed(town) -> None:
    reported = town.report()
    assert queries.status_by_token(reported.token).number == reported.number
    with pytest.raises(queries.LookupEnded):
        queries.status_by_token(reported.token[:-1] + ("A" if reported.token[-1] != "A" else "B"))
    with pytest.raises(queries.LookupEnded):
        queries.status_by_token("D115030400001")


def test_number_opens_only_with_its_code(town) -> None:
    one, two = town.report(), town.report()
    address = queries.lookup_address(one.number, one.code)
    assert queries.status_by_token(address.split("/")[2]).number == one.number
    for wrong in ("", two.code, one.code[:-1]):
        with pytest.raises(queries.LookupEnded):
            queries.lookup_address(one.number, wrong)
    with pytest.raises(queries.LookupEnded):  # a right code for a case that never was
        queries.lookup_address("D1", lookups.code_of("D1"))
