"""Two providers: fail-over, half an hour of outage, slow return, what may be twice."""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW
from yankao.base import clock
from yankao.base.subjects import Subject
from yankao.kernel.notices import jobs, queries, rules, services
from yankao.kernel.notices.channels import Receipt
from yankao.kernel.notices.models import Notice, ProviderHealth, StatusEntry
from yankao.kernel.notices.tests.conftest import Provider, send, use

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def hands(texts):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def both(monkeypatch) -> tuple[Provider, Provider]:
    """The first carries nine letters of ten."""
    first, second = Provider(name="first"), Provider(name="second")
    use(monkeypatch, (first, 90), (second, 10))
    return first, second


class City:
    """Sends a letter every ten seconds and sweeps every minute."""

    def __init__(self, hands) -> None:
        self.hands = hands
        self.sent: list[int] = []

    def live(self, span: timedelta) -> None:
        for step in range(int(span / (10 * SECOND))):
            pk = send(subject=Subject("x", len(self.sent)), at=clock.now())
            self.sent.append(pk)
            jobs.deliver(notice_ids=[pk])
            self.hands.shift(10 * SECOND)
            if step % 6 == 5:
                jobs.sweep(timestamp=0)


@pytest.fixture
def city(hands) -> City:
    return City(hands)


def longest_wait() -> timedelta:
    return max(n.sent_at - n.at for n in Notice.objects.all())


def test_half_an_hour_without_the_first_loses_and_doubles_nothing(city, both) -> None:
    first, second = both
    city.live(10 * MINUTE)
    assert len(first.taken) > 40
    first.down = True
    before = first.asked
    city.live(30 * MINUTE)
    assert first.asked - before <= 3 + 60  # three to see it, then one each half minute
    assert Notice.objects.exclude(status="sent").count() == 0
    first.down = False
    city.live(20 * MINUTE)
    taken = Counter(letter.notice_id for letter in first.taken + second.taken)
    assert taken == Counter(city.sent)  # every one, once
    assert longest_wait() <= 60 * SECOND
    assert Notice.objects.filter(possible_doubles__gt=0).count() == 0


def test_half_an_hour_without_both(city, both) -> None:
    for provider in both:
        provider.down = True
    city.live(30 * MINUTE)
    assert set(Notice.objects.values_list("status", flat=True)) == {"queued"}
    assert sum(provider.asked for provider in both) <= 6 + 120
    for provider in both:
        provider.down = False
    city.live(2 * MINUTE)
    assert set(Notice.objects.values_list("status", flat=True)) == {"sent"}
    taken = Counter(letter.notice_id for provider in both for letter in provider.taken)
    assert taken == Counter(city.sent)


def test_what_fell_silent_is_counted_as_perhaps_twice(city, both) -> None:
    """The first takes letters and does not answer: every double is counted, and no more."""
    first, second = both
    city.live(5 * MINUTE)
    first.down = first.uncertain = True
    city.live(30 * MINUTE)
    taken = Counter(letter.notice_id for letter in first.taken + second.taken)
    assert set(taken) == set(city.sent)
    doubled = {pk: times - 1 for pk, times in taken.items() if times > 1}
    counted = dict(
        Notice.objects.filter(possible_doubles__gt=0).values_list("pk", "possible_doubles")
    )
    assert doubled
    assert counted == doubled
    assert queries.possible_doubles_count(clock.now()) == sum(doubled.values())


def test_it_comes_back_slowly(city, both) -> None:
    first, _second = both
    first.down = True
    city.live(5 * MINUTE)
    first.down = False
    first.taken.clear()
    shares = []
    for _minute in range(14):
        city.live(MINUTE)
        (row, _other) = queries_rows(city)
        shares.append(row.share_now)
    assert shares[0] <= 18
    assert sorted(shares) == shares
    assert shares[-1] == 90
    assert ProviderHealth.objects.get(name="first").back_since is None


def queries_rows(city: City) -> list[queries.ProviderRow]:
    from yankao.base.actors import Actor, Grant

    reader = Actor("person:1", "x", grants=frozenset({Grant("kernel.notices.log")}))
    return queries.provider_rows_for(reader, at=clock.now())


def test_a_bad_number_says_nothing_about_the_provider(hands, both) -> None:
    first, second = both
    first.down = first.permanent = second.down = second.permanent = True
    for number in range(5):
        jobs.deliver(notice_ids=[send(subject=Subject("x", number))])
    assert ProviderHealth.objects.count() == 0
    assert set(Notice.objects.values_list("status", "failure")) == {("failed", "technical")}
    assert first.asked + second.asked == 5  # a final no is not asked of the other


def test_of_two_workers_one_tries_the_sick_provider(hands, both) -> None:
    first, second = both
    first.down = second.down = True
    pks = [send(subject=Subject("x", number)) for number in range(4)]
    jobs.deliver(notice_ids=pks)
    hands.shift(31 * SECOND)
    letters = [
        services.claim(notice_id=send(subject=Subject("x", n)), at=clock.now()) for n in (7, 8, 9)
    ]
    routes = [services.route(letter=letter, at=clock.now()) for letter in letters]
    assert [[provider.name for provider in route] for route in routes] == [
        ["first"],
        ["second"],
        [],
    ]


def test_the_chain_is_written_down(hands, both) -> None:
    first, _second = both
    first.down = True
    use_first = send()
    for number in range(12):
        jobs.deliver(notice_ids=[send(subject=Subject("x", number))])
    jobs.deliver(notice_ids=[use_first])
    notice = Notice.objects.get(pk=use_first)
    reference = notice.provider_reference
    assert services.take_receipt(provider="second", receipt=Receipt(reference), at=NOW)
    chain = list(StatusEntry.objects.filter(notice=use_first).values_list("status", flat=True))
    assert chain == ["sending", "sent", "delivered"]


@pytest.mark.parametrize("failure", ["temporary", "permanent", "technical"])
def test_a_receipt_ends_a_message(hands, provider, failure) -> None:
    pk = send()
    jobs.deliver(notice_ids=[pk])
    receipt = Receipt("main-1", failure, "undelivered:EXPIRED")
    for _told in range(2):
        assert services.take_receipt(provider="main", receipt=receipt, at=NOW + MINUTE)
    notice = Notice.objects.get()
    assert (notice.status, notice.failure, notice.ended_at) == ("failed", failure, NOW + MINUTE)
    assert StatusEntry.objects.filter(status="failed").count() == 1
    late = Receipt("main-1")
    assert services.take_receipt(provider="main", receipt=late, at=NOW + 2 * MINUTE)
    assert Notice.objects.get().status == "failed"


def test_a_receipt_of_another_provider_is_not_ours(hands, provider) -> None:
    jobs.deliver(notice_ids=[send()])
    assert not services.take_receipt(provider="other", receipt=Receipt("main-1"), at=NOW)
    assert not services.take_receipt(provider="main", receipt=Receipt("main-2"), at=NOW)
    assert services.take_receipt(provider="main", receipt=Receipt(""), at=NOW)
    assert Notice.objects.get().status == "sent"


def test_a_letter_put_back_was_no_attempt(hands, provider) -> None:
    pk = send()
    letter = services.claim(notice_id=pk, at=NOW)
    services.put_back(letter=letter, at=NOW)
    notice = Notice.objects.get()
    assert (notice.status, notice.attempts) == ("queued", 0)


def test_a_message_perhaps_sent_twice_says_so_for_ever(hands, provider) -> None:
    """Killed between the provider's answer and our own note."""
    pk = send()
    services.claim(notice_id=pk, at=NOW)
    hands.shift(rules.STUCK_AFTER + SECOND)
    jobs.sweep(timestamp=0)
    notice = Notice.objects.get()
    assert (notice.status, notice.possible_doubles) == ("sent", 1)
    chain = list(StatusEntry.objects.values_list("status", "error"))
    assert chain == [("sending", ""), ("queued", "interrupted"), ("sending", ""), ("sent", "")]
