"""Opt-out by signed link, quiet hours, texts that programs send, cost, history pages."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core import mail
from django.test import Client

from tests.cast import NOW
from yankao.base import clock
from yankao.base.subjects import Subject
from yankao.kernel.notices import jobs, queries, services
from yankao.kernel.notices.models import Envelope, Notice, OptOut, StatusEntry, Template
from yankao.kernel.notices.services import Recipient
from yankao.kernel.notices.tests.conftest import PHONE, send
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
NIGHT = NOW + timedelta(hours=13)  # 23:00 in Taipei
MORNING = NOW + timedelta(hours=22)  # 08:00 on the next day


@pytest.fixture
def hands(texts, settings):
    settings.CITY = {
        **settings.CITY,
        "notices": {
            "quiet_from": "21:00",
            "quiet_until": "08:00",
            "prices": [{"begins_on": "2020-01-01", "sms_part_twd": "0.85"}],
        },
    }
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def token(pk: int) -> str:
    return queries.stop_token(Notice.objects.get(pk=pk).uuid)


def citizen() -> Client:
    return Client(enforce_csrf_checks=True)


def test_looking_stops_nothing_the_button_does(hands, provider) -> None:
    page = f"/stop/{token(send())}/"
    assert "0912***678" in citizen().get(page).content.decode()
    assert OptOut.objects.count() == 0
    assert citizen().post(page).status_code == 200  # as mail programs do it, without a token
    citizen().post(page)
    assert OptOut.objects.count() == 1
    assert PHONE not in str(OptOut.objects.values_list().get())
    assert Entry.objects.filter(action="kernel.notices.stopped").count() == 1


def test_who_stopped_gets_nothing_but_what_the_law_asks_for(hands, provider) -> None:
    waiting, first = send(at=NOW + timedelta(hours=1)), send(subject=Subject("x", 1))
    citizen().post(f"/stop/{token(first)}/")
    later = send(subject=Subject("x", 2), to=Recipient(phone="0912 345-678"))
    Template.objects.update(is_legal=True)
    legal = send(subject=Subject("x", 3))
    other = send(subject=Subject("x", 4), to=Recipient(phone="0987654321"))
    hands.shift(timedelta(hours=1))
    jobs.deliver(notice_ids=[waiting, first, later, legal, other])
    assert [letter.notice_id for letter in provider.taken] == [legal, other]
    stopped = Notice.objects.filter(pk__in=[waiting, first, later])
    assert set(stopped.values_list("failure", "last_error")) == {("permanent", "opted_out")}


def test_a_stopped_message_cannot_be_sent_again_by_hand(hands, provider, cast) -> None:
    pk = send()
    citizen().post(f"/stop/{token(pk)}/")
    jobs.deliver(notice_ids=[pk])
    with pytest.raises(services.AddressUnusable):
        services.retry(notice_id=pk, actor=cast.actor("commission"), at=NOW)


def test_messages_come_again(hands, provider) -> None:
    pk = send()
    page = f"/stop/{token(pk)}/"
    citizen().post(page)
    assert citizen().post(f"{page}resume/").status_code == 403  # a form of another site
    assert Client().post(f"{page}resume/").status_code == 302
    jobs.deliver(notice_ids=[pk])
    assert len(provider.taken) == 1
    citizen().post(page)
    assert OptOut.objects.count() == 2  # what was before stays written


def test_an_sms_is_stopped_by_itself_not_the_mails(hands, provider) -> None:
    citizen().post(f"/stop/{token(send())}/")
    jobs.deliver(notice_ids=[send("email")])
    assert [letter.channel for letter in provider.taken] == ["email"]


@pytest.mark.parametrize("change", [0, 10, 30, 33])
def test_a_link_cannot_be_guessed(hands, change) -> None:
    good = token(send())
    bad = good[:change] + ("A" if good[change] != "A" else "B") + good[change + 1 :]
    for attempt in (bad, good[:-1], good + "A", "x", "é" * 34):
        assert citizen().get(f"/stop/{attempt}/").status_code == 404
        assert citizen().post(f"/stop/{attempt}/").status_code == 404
    assert OptOut.objects.count() == 0


def test_a_forgotten_address_has_no_link(hands) -> None:
    pk = send()
    Envelope.objects.all().delete()
    assert citizen().get(f"/stop/{token(pk)}/").status_code == 404


def test_mails_carry_the_link_unless_the_law_asks_for_them(hands) -> None:
    pk = send("email")
    jobs.deliver(notice_ids=[pk])
    letter = mail.outbox[0]
    link = f"http://testserver/stop/{token(pk)}/"
    assert letter.extra_headers["List-Unsubscribe"].endswith(f"/stop/{token(pk)}/>")
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.partition("/stop/")[2] in letter.body
    Template.objects.update(is_legal=True)
    jobs.deliver(notice_ids=[send("email", subject=Subject("x", 1))])
    assert "List-Unsubscribe" not in mail.outbox[1].extra_headers
    assert "/stop/" not in mail.outbox[1].body


# --- quiet hours ---------------------------------------------------------------------------------


def test_at_night_only_what_cannot_wait(hands, provider) -> None:
    Template.objects.update(is_urgent=False)
    hands.move_to(NIGHT)
    pk = send(at=NIGHT)
    mail_pk = send("email", at=NIGHT)
    Template.objects.update(is_urgent=True)
    urgent = send(subject=Subject("x", 1), at=NIGHT)
    jobs.deliver(notice_ids=[pk, mail_pk, urgent])
    assert [letter.notice_id for letter in provider.taken] == [mail_pk, urgent]
    assert Notice.objects.get(pk=pk).next_try_at == MORNING
    hands.move_to(MORNING)
    jobs.sweep(timestamp=0)
    assert provider.taken[-1].notice_id == pk


def test_a_failed_attempt_of_the_evening_waits_too(hands, provider) -> None:
    Template.objects.update(is_urgent=False)
    evening = NOW + timedelta(hours=10, minutes=59, seconds=30)
    hands.move_to(evening)
    provider.down = True
    jobs.deliver(notice_ids=[send(at=evening)])
    assert Notice.objects.get().next_try_at == MORNING


def test_a_provider_that_is_back_at_night_wakes_nobody(hands, provider) -> None:
    Template.objects.update(is_urgent=False)
    provider.down = True
    evening = NOW + timedelta(hours=10, minutes=59)
    hands.move_to(evening)
    jobs.deliver(notice_ids=[send(at=evening, subject=Subject("x", n)) for n in range(3)])
    Template.objects.update(is_urgent=True)
    hands.move_to(NIGHT)
    provider.down = False
    jobs.deliver(notice_ids=[send(at=NIGHT)])
    jobs.sweep(timestamp=0)
    assert len(provider.taken) == 1
    hands.move_to(MORNING)
    jobs.sweep(timestamp=0)
    assert len(provider.taken) == 4


# --- cost, and texts of programs ----------------------------------------------------------------


def test_each_part_is_paid_once_it_is_sent(hands, provider) -> None:
    pk = send()
    assert Notice.objects.get().cost_twd is None
    jobs.deliver(notice_ids=[pk])
    notice = Notice.objects.get()
    assert notice.cost_twd == notice.segments * Decimal("0.85")


def test_the_provider_that_took_it_is_paid(hands, provider, settings) -> None:
    own = {"begins_on": "2020-01-01", "sms_part_twd": "0.5", "provider": provider.name}
    kept = settings.CITY["notices"]
    prices = [*kept["prices"], own, {**own, "sms_part_twd": "9", "provider": "another"}]
    settings.CITY = {**settings.CITY, "notices": {**kept, "prices": prices}}
    jobs.deliver(notice_ids=[send()])
    notice = Notice.objects.get()
    assert notice.provider == provider.name
    assert notice.cost_twd == notice.segments * Decimal("0.5")


def test_without_prices_nothing_is_guessed(hands, provider, settings) -> None:
    settings.CITY = {**settings.CITY, "notices": {}}
    jobs.deliver(notice_ids=[send()])
    assert Notice.objects.get().cost_twd is None


def test_a_programs_own_text_is_left_alone(hands, provider) -> None:
    pk = services.send_text(
        kind="service.messages",
        channel="sms",
        to=Recipient(phone=PHONE),
        title="t {number}",
        body="價格 {stop} {number} {}",
        subject=Subject("x", 1),
        at=NOW,
    )
    jobs.deliver(notice_ids=[pk])
    assert provider.taken[0].body == "價格 {stop} {number} {}"
    assert Notice.objects.get().template_id is None


# --- pages ---------------------------------------------------------------------------------------

PAGES = ("/notices/providers/", "/notices/templates/")


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("player", ["officer", "head", "auditor", "citizen", "other_officer"])
def test_pages_of_sending_are_for_those_who_look_after_it(client_of, player, address) -> None:
    assert client_of(player).get(address).status_code == 403


def test_the_history_of_a_message(hands, provider, client_of) -> None:
    provider.down = True
    pk = send()
    jobs.deliver(notice_ids=[pk])
    page = client_of("commission").get(f"/notices/log/{pk}/").content.decode()
    for words in ("等待送出", "送出中", "連不上業者", "0912***678"):
        assert words in page
    assert PHONE not in page
    assert client_of("officer").get(f"/notices/log/{pk}/").status_code == 403
    assert client_of("commission").get("/notices/log/999999/").status_code == 404


def test_the_log_narrows_to_a_kind_of_failure(hands, client_of) -> None:
    send(to=Recipient(phone="02-1234"))
    page = client_of("commission").get("/notices/log/?failure=permanent")
    assert page.context["page_obj"].object_list[0].status_words == "永久送不到"
    assert (
        not client_of("commission")
        .get("/notices/log/?failure=temporary")
        .context["page_obj"]
        .object_list
    )
    assert StatusEntry.objects.get().failure == "permanent"


def test_a_template_is_shown_with_parts_and_price(hands, client_of) -> None:
    template = Template.objects.get(key="dispatch.received", channel="sms")
    page = client_of("administrator").get(f"/notices/templates/{template.pk}/")
    shown = page.context["shown"]
    assert shown.row.price_twd == shown.row.length.parts * Decimal("0.85")
    longer = client_of("administrator").get(
        f"/notices/templates/{template.pk}/", {"number": "中" * 200}
    )
    assert longer.context["shown"].row.length.parts > shown.row.length.parts
    assert longer.context["shown"].english.length.parts > shown.english.length.parts
    assert shown.english.body.startswith("Kaohsiung City: we have received")
    assert shown.english.body in page.content.decode()
    assert shown.english.length.alphabet == "gsm-7"
    assert client_of("administrator").get("/notices/templates/999999/").status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_pages_of_sending_ask_little(
    hands, client_of, address, django_assert_max_num_queries
) -> None:
    client = client_of("commission")
    client.get(address)
    with django_assert_max_num_queries(12):
        client.get(address)


def test_out_providers_alarm(hands, provider) -> None:
    provider.down = True
    jobs.deliver(notice_ids=[send(subject=Subject("x", n)) for n in range(3)])
    assert queries.providers_out(clock.now()) == 1
