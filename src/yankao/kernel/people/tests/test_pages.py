"""The people pages: who may open and do what, what is shown, what it costs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.cast import PLAYERS, Cast
from tests.factories import make_person
from yankao.base import clock
from yankao.base.subjects import Subject
from yankao.kernel.people import queries, services
from yankao.kernel.people.models import Assignment, Deputy, Person
from yankao.kernel.trail import queries as trail
from yankao.kernel.trail.actions import action_title

Browser = Callable[[str], Client]
TO_LOG_IN = 302
FOUND, REFUSED, MISSING = 200, 403, 404


def address(cast: Cast, name: str, *args: int) -> str:
    return reverse(f"kernel_people:{name}", args=args)


def statuses(default: int, **exceptions: int) -> dict[str, int]:
    table = {"anonymous": TO_LOG_IN, **dict.fromkeys(PLAYERS[1:], default)}
    return table | exceptions


READING = {
    "people": statuses(REFUSED, supervisor=FOUND, head=FOUND, auditor=FOUND, administrator=FOUND),
    "person": statuses(REFUSED, supervisor=FOUND, head=FOUND, auditor=FOUND, administrator=FOUND),
    "person_elsewhere": statuses(
        REFUSED, supervisor=MISSING, head=MISSING, auditor=FOUND, administrator=FOUND
    ),
    "me": statuses(FOUND),
    "new_deputy": statuses(FOUND),
    **{
        name: statuses(REFUSED, administrator=FOUND)
        for name in ("new_person", "change_person", "new_role", "deactivate", "reactivate")
    },
}
OF_A_PERSON = {"person", "change_person", "new_role", "deactivate", "reactivate"}


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("page", READING)
def test_who_opens_which_page(cast: Cast, page: str, player: str) -> None:
    if page == "person_elsewhere":
        target = address(cast, "person", cast.person("other_officer").pk)
    elif page in OF_A_PERSON:
        target = address(cast, page, cast.person("officer").pk)
    else:
        target = address(cast, page)
    response = cast.client(player).get(target)
    assert response.status_code == READING[page][player]
    if player == "anonymous":
        assert response["Location"].startswith(reverse("account_login"))


POSTING = ("unlock", "end_sessions", "reset_password", "deactivate", "new_role", "change_person")


@pytest.mark.parametrize("player", [p for p in PLAYERS if p != "administrator"])
@pytest.mark.parametrize("page", POSTING)
def test_nobody_else_changes_anything(cast: Cast, page: str, player: str) -> None:
    officer, browser = cast.person("officer"), cast.client(player)
    before = Person.objects.filter(pk=officer.pk).values().get()
    posted = {"reason": "離職", "name": "改名", "role": "AUDITOR", "from_on": "2026-01-01"}
    response = browser.post(address(cast, page, officer.pk), posted)
    assert response.status_code in {TO_LOG_IN, REFUSED}
    assert Person.objects.filter(pk=officer.pk).values().get() == before
    assert Assignment.objects.filter(person=officer).count() == 1


def test_the_directory_shows_a_supervisor_its_own_agency_only(client_of: Browser) -> None:
    page = client_of("supervisor").get("/people/").content.decode()
    assert "承辦甲" in page
    assert "他局承辦戊" not in page
    assert "研考己" not in page
    assert "新增人員" not in page


@pytest.mark.parametrize(
    ("search", "shown"),
    [
        ({"q": "承辦"}, {"承辦甲", "承辦乙", "他局承辦戊"}),
        ({"q": "OFFICER", "agency": "TRAFFIC"}, {"他局承辦戊"}),
        ({"role": "AUDITOR"}, {"稽核庚"}),
        ({"state": "inactive"}, set()),
        ({"agency": "made-up"}, None),
    ],
)
def test_the_directory_is_narrowed(
    cast: Cast, search: dict[str, str], shown: set[str] | None
) -> None:
    page = cast.client("administrator").get("/people/", search).content.decode()
    assert 'id="id_agency"' in page
    everybody = {person.name for person in cast.people.values()} - {"管理壬"}
    assert {name for name in everybody if name in page} == (everybody if shown is None else shown)


def test_pages_of_the_directory(cast: Cast) -> None:
    for number in range(40):
        make_person(f"extra-{number:02}", name=f"多出{number:02}")
    browser = cast.client("administrator")
    first = browser.get("/people/", {"q": "多出"}).content.decode()
    second = browser.get("/people/", {"q": "多出", "page": "2"}).content.decode()
    assert ("多出00" in first, "多出39" in first) == (True, False)
    assert ("多出00" in second, "多出39" in second) == (False, True)


def test_the_directory_costs_no_more_with_more_people(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        make_person(f"extra-{number:02}", role="OFFICER", agency=cast.roads)
    browser = cast.client("administrator")
    browser.get("/people/")
    with django_assert_max_num_queries(12):
        browser.get("/people/")


def test_the_download_has_everybody_and_no_formulas(cast: Cast) -> None:
    make_person("hostile", name='=HYPERLINK("http://x")')
    response = cast.client("administrator").get("/people.csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.count("\r\n") == 1 + len(cast.people) + 1
    assert "'=HYPERLINK" in text


def test_the_download_leaves_a_trace_with_typed_words_apart(cast: Cast) -> None:
    browser = cast.client("administrator")
    browser.get("/people/", {"q": "承辦", "agency": "TRAFFIC"})
    subject = Subject("kernel.people.list", 0)
    assert trail.history_of(subject) == []
    browser.get("/people.csv", {"q": "承辦", "agency": "TRAFFIC", "role": "no"})
    [entry] = trail.history_of(subject)
    assert entry.action == "kernel.people.exported"
    assert entry.actor_name == "管理壬"
    assert entry.new == {"filters": {"agency": "TRAFFIC"}, "rows": 1}
    assert entry.personal == {"q": "承辦"}
    assert action_title(entry.action) == "匯出人員名單"


def test_a_refused_download_leaves_no_trace(cast: Cast) -> None:
    assert cast.client("officer").get("/people.csv").status_code == REFUSED
    assert trail.history_of(Subject("kernel.people.list", 0)) == []


def test_names_are_not_markup(cast: Cast) -> None:
    make_person("hostile", name="<script>alert(1)</script>", agency=cast.roads)
    page = cast.client("administrator").get("/people/").content.decode()
    assert "<script>alert" not in page


def test_a_new_person_gets_a_password_shown_once_and_must_change_it(cast: Cast) -> None:
    posted = {"account": "New.Person", "name": "新人", "agency": "ROADS", "unit": "ROADS-1"}
    response = cast.client("administrator").post(address(cast, "new_person"), posted)
    made = Person.objects.get(account="new.person")
    password = response.context["new_password"]
    assert made.check_password(password)
    assert password in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    browser = Client()
    browser.force_login(made)
    assert browser.get("/me/")["Location"] == reverse("account_change_password")
    changed = browser.post(
        reverse("account_change_password"),
        {"oldpassword": password, "password1": "wind-7-harbour", "password2": "wind-7-harbour"},
    )
    assert changed["Location"] == "/me/"
    assert browser.get("/me/").status_code == FOUND


def test_what_was_typed_stays_after_a_refusal(cast: Cast) -> None:
    posted = {"account": "officer", "name": "新人", "email": "", "agency": "", "unit": ""}
    response = cast.client("administrator").post(address(cast, "new_person"), posted)
    page = response.content.decode()
    assert response.status_code == 422
    assert "已有人使用帳號" in page
    assert 'value="新人"' in page
    assert 'href="#id_account"' in page


def test_a_role_given_and_ended(cast: Cast) -> None:
    browser, officer = cast.client("administrator"), cast.person("citizen")
    browser.post(
        address(cast, "new_role", officer.pk),
        {"role": "OFFICER", "agency": "ROADS", "unit": "", "from_on": "2026-01-01", "to_on": ""},
    )
    role = Assignment.objects.get(person=officer, role="OFFICER")
    assert "指派角色" in browser.get(address(cast, "person", officer.pk)).content.decode()
    browser.post(address(cast, "end_role", officer.pk, role.pk), {"last_on": "", "reason": "誤設"})
    role.refresh_from_db()
    assert role.revoked_at is not None


def test_ending_a_role_of_somebody_else_under_this_address_is_404(cast: Cast) -> None:
    role = Assignment.objects.get(person=cast.person("officer"))
    target = address(cast, "end_role", cast.person("head").pk, role.pk)
    assert cast.client("administrator").post(target, {"reason": "?"}).status_code == MISSING


def test_switching_off_ends_open_sessions(cast: Cast) -> None:
    browser = cast.client("officer")
    assert browser.get("/me/").status_code == FOUND
    target = address(cast, "deactivate", cast.person("officer").pk)
    cast.client("administrator").post(target, {"reason": "離職"})
    assert browser.get("/me/").status_code == TO_LOG_IN


def test_signing_out_elsewhere_keeps_this_session(cast: Cast) -> None:
    here, there = cast.client("officer"), cast.client("officer")
    here.post(address(cast, "end_other_sessions"))
    assert here.get("/me/").status_code == FOUND
    assert there.get("/me/").status_code == TO_LOG_IN


def appointed(cast: Cast) -> Deputy:
    now = clock.now()
    return services.appoint_deputy(
        principal_id=cast.person("head").pk,
        deputy_id=cast.person("officer").pk,
        from_at=now,
        until_at=now + timedelta(days=1),
        reason="休假",
        actor=cast.actor("head", at=now),
        at=now,
    )


def test_acting_for_the_head_shows_a_banner_and_ends(cast: Cast) -> None:
    appointed(cast)
    browser = cast.client("officer")
    assert browser.get("/people/").status_code == REFUSED
    browser.post("/me/acting/", {"principal": cast.person("head").pk})
    page = browser.get("/people/")
    assert page.status_code == FOUND
    assert "處長丁" in page.content.decode()
    browser.post("/me/acting/", {"principal": ""})
    assert browser.get("/people/").status_code == REFUSED


def test_acting_stops_with_the_deputation_and_says_so(cast: Cast) -> None:
    row = appointed(cast)
    browser = cast.client("officer")
    browser.post("/me/acting/", {"principal": cast.person("head").pk})
    Deputy.objects.filter(pk=row.pk).update(revoked_at=clock.now())
    page = browser.get("/people/")
    assert page.status_code == REFUSED
    assert "代理期間已結束" in page.content.decode()


@pytest.mark.parametrize("principal", ["999999", "abc", "-1", "1e9", "9" * 30])
def test_acting_for_nobody_changes_nothing(cast: Cast, principal: str) -> None:
    browser = cast.client("officer")
    assert browser.post("/me/acting/", {"principal": principal}).status_code in {302, 403}
    assert queries.me(cast.actor("officer"), at=clock.now()).name == "承辦甲"
    assert browser.get("/people/").status_code == REFUSED


def test_who_has_no_role_any_more_is_shown_no_colleagues(cast: Cast) -> None:
    browser = cast.client("officer")
    assert "承辦乙" in browser.get(address(cast, "new_deputy")).content.decode()
    Assignment.objects.filter(person=cast.person("officer")).update(revoked_at=clock.now())
    assert "承辦乙" not in browser.get(address(cast, "new_deputy")).content.decode()


def test_one_appoints_ones_own_deputy_on_the_page(cast: Cast) -> None:
    browser = cast.client("officer")
    now = clock.now()
    posted = {
        "deputy": cast.person("second_officer").pk,
        "from_at": f"{now + timedelta(hours=9):%Y-%m-%dT%H:%M}",
        "until_at": f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}",
        "reason": "受訓",
    }
    assert browser.post(address(cast, "new_deputy"), posted)["Location"] == "/me/"
    assert "受訓" in browser.get("/me/").content.decode()
    row = Deputy.objects.get()
    browser.post(address(cast, "end_deputy", row.pk))
    row.refresh_from_db()
    assert row.revoked_at is not None
