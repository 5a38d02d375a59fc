"""From the queue to the provider: down and up, two workers, killed workers, forgetting."""

import json
import smtplib
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, connections

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.kernel.notices import channels, jobs, lengths, queries, rules, services
from yankao.kernel.notices.models import Envelope, Notice
from yankao.kernel.notices.services import Recipient
from yankao.kernel.notices.tests.conftest import CASE, EMAIL, LOADER, PHONE, load_pack, send, use
from yankao.kernel.trail.models import Entry

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(texts):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def statuses() -> list[str]:
    return list(Notice.objects.order_by("id").values_list("status", flat=True))


def run_for(clock, span: timedelta, *, step: timedelta = MINUTE) -> None:
    """The sweep at every step of the span."""
    until = clock.time() + span.total_seconds()
    while clock.time() < until:
        clock.shift(step)
        jobs.sweep(timestamp=0)


class Clock:
    def __init__(self, traveller) -> None:
        self.traveller = traveller

    def time(self) -> float:
        return datetime.now(tz=UTC).timestamp()  # noqa: TID251 – a frozen clock

    def shift(self, span: timedelta) -> None:
        self.traveller.shift(span)


@pytest.fixture
def hands(clock):
    return Clock(clock)


@pytest.mark.django_db
def test_down_then_up_loses_nothing_and_doubles_nothing(hands, provider) -> None:
    provider.down = True
    ids = [send(subject=Subject("x", n)) for n in range(20)]
    jobs.deliver(notice_ids=ids)
    assert set(statuses()) == {"queued"}
    run_for(hands, timedelta(hours=3), step=10 * MINUTE)
    assert set(statuses()) == {"queued"}
    assert provider.asked == 3 + 18  # three to see it, then one at each sweep: nobody is hammered
    provider.down = False
    run_for(hands, MINUTE)
    assert set(statuses()) == {"sent"}
    assert sorted(letter.notice_id for letter in provider.taken) == ids
    assert Notice.objects.exclude(last_error="").count() == 0


@pytest.mark.django_db
def test_a_day_of_outage_ends_in_a_failure_one_can_send_again(hands, provider, cast) -> None:
    provider.down = True
    pk = send()
    run_for(hands, timedelta(hours=36), step=10 * MINUTE)
    notice = Notice.objects.get(pk=pk)
    assert (notice.status, notice.attempts) == ("failed", rules.MOST_ATTEMPTS)
    provider.down = False
    services.retry(notice_id=pk, actor=cast.actor("commission"), at=NOW)
    run_for(hands, MINUTE)
    assert statuses() == ["sent"]
    assert Entry.objects.filter(action="kernel.notices.retried").count() == 1


@pytest.mark.django_db
def test_a_permanent_refusal_is_not_tried_again(hands, provider) -> None:
    provider.down = provider.permanent = True
    jobs.deliver(notice_ids=[send()])
    run_for(hands, timedelta(hours=2), step=10 * MINUTE)
    assert Notice.objects.get().attempts == 1
    assert statuses() == ["failed"]


@pytest.mark.django_db
def test_an_accident_with_one_letter_stops_no_other(hands, provider, monkeypatch) -> None:
    first, second = send(subject=Subject("x", 1)), send(subject=Subject("x", 2))

    taking = provider.hand_over

    def stumbling(letter):
        if letter.notice_id == first:
            raise KeyError(PHONE)
        return taking(letter)

    monkeypatch.setattr(provider, "hand_over", stumbling)
    jobs.deliver(notice_ids=[first, second])
    assert statuses() == ["queued", "sent"]
    assert Notice.objects.get(pk=first).last_error == "unexpected:KeyError"  # no address in it


@pytest.mark.django_db
def test_a_job_run_again_sends_nothing_twice(hands, provider) -> None:
    pk = send()
    jobs.deliver(notice_ids=[pk])
    jobs.deliver(notice_ids=[pk, 10**9])
    assert len(provider.taken) == 1


@pytest.mark.django_db(transaction=True)
def test_the_provider_is_never_called_inside_a_transaction(provider) -> None:
    load_pack()
    jobs.deliver(notice_ids=[send(), send(subject=Subject("x", 1))])
    provider.down = True
    jobs.deliver(notice_ids=[send(subject=Subject("x", 2))])
    assert provider.within_transaction == [False, False, False]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_claims() -> None:
    load_pack()
    ids = [send(subject=Subject("x", n)) for n in range(30)]
    start, won = threading.Barrier(4), []

    def work() -> None:
        try:
            start.wait(10)
            for pk in ids:
                letter = services.claim(notice_id=pk, at=NOW)
                if letter is not None:
                    won.append(letter.notice_id)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(won) == ids
    assert set(Notice.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_another_workers_open_claim() -> None:
    """Both at the same row at the same time: the second waits, then finds nothing."""
    from django.db import transaction

    load_pack()
    pk = send()
    claimed, outcome = threading.Event(), []

    def second() -> None:
        try:
            claimed.wait(10)
            outcome.append(services.claim(notice_id=pk, at=NOW))
        finally:
            connections.close_all()

    other = threading.Thread(target=second)
    other.start()
    with transaction.atomic():
        assert services.claim(notice_id=pk, at=NOW) is not None
        claimed.set()
        other.join(0.3)
        assert other.is_alive()
    other.join(10)
    assert outcome == [None]


class Killed(BaseException):
    """As if the process had been killed."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after_handing_over", [False, True])
def test_killed_in_the_middle_it_goes_out_after_the_sweep(
    provider, monkeypatch, after_handing_over
) -> None:
    load_pack()
    pk = send()

    taking = provider.hand_over

    def dying(letter):
        if after_handing_over:
            taking(letter)
        raise Killed

    with time_machine.travel(NOW, tick=False) as traveller:
        with monkeypatch.context() as patch:
            patch.setattr(provider, "hand_over", dying)
            with pytest.raises(Killed):
                jobs.deliver(notice_ids=[pk])
        assert statuses() == ["sending"]
        traveller.shift(rules.STUCK_AFTER)
        jobs.sweep(timestamp=0)
        assert statuses() == ["sending"]  # perhaps only slow
        traveller.shift(MINUTE)
        jobs.sweep(timestamp=0)
    assert statuses() == ["sent"]
    assert len(provider.taken) == 1 + after_handing_over
    assert len({letter.uuid for letter in provider.taken}) == 1  # doubles are recognisable
    assert Notice.objects.get().possible_doubles == 1


@pytest.mark.django_db
def test_a_letter_that_kills_every_worker_is_given_up(hands, provider) -> None:
    from yankao.base import clock

    pk = send()
    provider.accident = Killed()
    for _attempt in range(rules.MOST_ATTEMPTS):
        with pytest.raises(Killed):
            jobs.deliver(notice_ids=[pk])
        hands.shift(2 * rules.STUCK_AFTER)
        services.release_stuck(at=clock.now())
    notice = Notice.objects.get(pk=pk)
    assert (notice.status, notice.last_error) == ("failed", "interrupted")


@pytest.mark.django_db
def test_a_slow_worker_does_not_undo_what_another_did(hands, provider) -> None:
    pk = send()
    slow = services.claim(notice_id=pk, at=NOW)
    services.release_stuck(at=NOW + timedelta(minutes=6))
    hands.shift(timedelta(minutes=6))
    jobs.deliver(notice_ids=[pk])
    assert statuses() == ["sent"]
    services.record_failure(
        letter=slow, error="unreachable", permanent=False, at=NOW + timedelta(minutes=7)
    )
    assert statuses() == ["sent"]


@pytest.mark.django_db
def test_a_late_success_counts(hands) -> None:
    slow = services.claim(notice_id=send(), at=NOW)
    services.release_stuck(at=NOW + timedelta(minutes=6))
    services.record_sent(letter=slow, at=NOW + timedelta(minutes=7))
    assert statuses() == ["sent"]


# --- the providers there are ---------------------------------------------------------------------


@pytest.mark.django_db
def test_the_sms_outbox(hands, home) -> None:
    late = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)  # past midnight in Taipei
    ids = [send(), send(subject=Subject("x", 1)), send(subject=Subject("x", 2), at=late)]
    jobs.deliver(notice_ids=ids[:2])
    hands.shift(late - NOW)
    jobs.deliver(notice_ids=ids[2:])
    folder = home / "outbox" / "sms"
    assert sorted(file.name for file in folder.iterdir()) == [
        "2026-03-04.jsonl",
        "2026-03-05.jsonl",
    ]
    lines = [json.loads(x) for x in (folder / "2026-03-04.jsonl").read_text("utf-8").splitlines()]
    uuids = [str(uuid) for uuid in Notice.objects.order_by("id").values_list("uuid", flat=True)]
    assert [line["id"] for line in lines] == uuids[:2]
    assert lines[0]["to"] == PHONE
    assert lines[0]["segments"] == lengths.length_of(lines[0]["text"]).parts == 2
    assert (folder / "2026-03-04.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_an_outbox_that_cannot_be_written_is_a_provider_out_of_reach(hands, home) -> None:
    (home / "outbox").write_text("in the way")
    jobs.deliver(notice_ids=[send()])
    assert statuses() == ["queued"]
    assert Notice.objects.get().last_error.startswith("unreachable:")
    (home / "outbox").unlink()
    run_for(hands, 2 * MINUTE)
    assert statuses() == ["sent"]


def test_lines_of_many_writers_do_not_mix(tmp_path) -> None:
    path, text = tmp_path / "a" / "day.jsonl", "中" * 3000

    def write(writer: int) -> None:
        for n in range(20):
            channels._append(path, json.dumps([writer, n, text]) + "\n")

    writers = [threading.Thread(target=write, args=[n]) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert sorted(line[:2] for line in lines) == [[w, n] for w in range(4) for n in range(20)]


@pytest.mark.django_db
def test_an_email_carries_its_id(hands) -> None:
    to = Recipient(email=EMAIL, name="王小明")
    pk = send("email", to=to)
    jobs.deliver(notice_ids=[pk])
    assert statuses() == ["sent"]
    letter = mail.outbox[0]
    uuid = str(Notice.objects.get(pk=pk).uuid)
    assert letter.extra_headers["Message-ID"].startswith(f"<{uuid}@")
    assert letter.subject == "已受理您的通報（案號 D1150304001）"
    assert EMAIL in letter.to[0]
    message = letter.message()
    assert message["To"]
    assert "苓雅區" in letter.body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status", "stored"),
    [
        (ConnectionRefusedError(EMAIL), "queued", "unreachable:ConnectionRefusedError"),
        (smtplib.SMTPServerDisconnected(EMAIL), "queued", "unreachable:SMTPServerDisconnected"),
        (smtplib.SMTPRecipientsRefused({EMAIL: (550, b"no")}), "failed", "refused:550"),
        (smtplib.SMTPRecipientsRefused({EMAIL: (451, b"later")}), "queued", "refused:451"),
        (smtplib.SMTPDataError(452, b"full"), "queued", "refused:452"),
        (smtplib.SMTPAuthenticationError(535, b"who"), "queued", "refused:535"),
    ],
)
def test_what_a_mail_server_answers(hands, monkeypatch, error, status, stored) -> None:
    def raising(self, messages):
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", raising)
    jobs.deliver(notice_ids=[send("email")])
    notice = Notice.objects.get()
    assert (notice.status, notice.last_error) == (status, stored)


@pytest.mark.django_db
def test_a_line_break_smuggles_no_header(hands) -> None:
    from yankao.kernel.notices.tests.conftest import CONTEXT

    injected = CONTEXT | {"number": "D1\nBcc: all@example.tw"}
    jobs.deliver(notice_ids=[send("email", context=injected)])
    assert statuses() == ["sent"]
    assert mail.outbox[0].message()["Bcc"] is None


@pytest.mark.django_db
def test_without_a_provider_letters_wait(hands, monkeypatch) -> None:
    use(monkeypatch)
    pk = send()
    jobs.deliver(notice_ids=[pk])
    run_for(hands, MINUTE)
    assert (statuses(), Notice.objects.get().attempts) == (["queued"], 0)


# --- forgetting ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_forgetting_a_subject(hands, provider, cast) -> None:
    sent, waiting = send(), send("email")
    jobs.deliver(notice_ids=[sent])
    other = send(subject=Subject("x", 1))
    count = services.forget_addresses(subject=CASE, reason="當事人請求", actor=LOADER, at=NOW)
    assert count == 2
    assert list(Envelope.objects.values_list("pk", flat=True)) == [other]
    jobs.deliver(notice_ids=[waiting])
    assert [letter.notice_id for letter in provider.taken] == [sent]
    views = queries.notices_of(CASE)
    assert [v.recipient for v in views] == ["（地址已刪除）"] * 2
    with pytest.raises(services.AddressUnusable):
        services.retry(notice_id=waiting, actor=cast.actor("commission"), at=NOW)


@pytest.mark.django_db
def test_erased_in_a_workers_hands_it_does_not_come_back(hands, provider) -> None:
    pk = send()
    services.claim(notice_id=pk, at=NOW)
    services.forget_addresses(subject=CASE, reason="請求", actor=LOADER, at=NOW)
    run_for(hands, 20 * MINUTE, step=5 * MINUTE)
    assert provider.taken == []
    assert statuses() == ["failed"]


@pytest.mark.django_db
def test_old_addresses_are_forgotten(hands, provider) -> None:
    jobs.deliver(notice_ids=[send()])
    assert services.forget_old(at=NOW + services.KEEP_ADDRESSES) == 0
    waiting = send("email")
    assert services.forget_old(at=NOW + services.KEEP_ADDRESSES + MINUTE) == 1
    assert list(Envelope.objects.values_list("pk", flat=True)) == [waiting]


def test_the_connection_is_not_left_in_a_transaction() -> None:
    assert not connection.in_atomic_block
