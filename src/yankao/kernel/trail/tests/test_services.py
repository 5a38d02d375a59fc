"""Appending, sealing, verifying, erasing."""

import contextlib
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from yankao.base.actors import ANONYMOUS, Actor, Grant
from yankao.base.subjects import Subject
from yankao.kernel.trail import queries, services
from yankao.kernel.trail.models import Check, Entry, Pending, Personal, Seal
from yankao.kernel.trail.rules import ERASED, FaultKind, Head

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
OFFICER = Actor("person:7", "承辦甲", 7, agency="ROADS")
CITIZEN = Actor("person:9", "民眾甲", 9)
CASE = Subject("service.dispatch", 12)

pytestmark = pytest.mark.django_db


def write(subject=CASE, actor=OFFICER, at=AT, **more):
    return services.record(
        actor=actor, action=more.pop("action", "x.done"), subject=subject, at=at, **more
    )


def three_sealed():
    ids = [
        write(
            Subject("service.dispatch", n),
            old={"state": "open"},
            new={"state": "done", "n": n},
            reason="完成",
            personal={"phone": f"09{n}"},
        )
        for n in (1, 2, 3)
    ]
    assert services.seal(at=AT) == 3
    return ids


class tampering:
    """Changing what is written the way somebody with the database's keys would."""

    def __enter__(self):
        self.cursor = connection.cursor()
        self.cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.cursor.execute("SET session_replication_role = replica")
        return self.cursor.execute

    def __exit__(self, *error):
        self.cursor.execute("SET session_replication_role = origin")
        self.cursor.close()


def test_a_row_tells_everything():
    deputy = Actor("person:7", "承辦甲", 7, "ROADS", acting_for="科長", principal_key="person:8")
    entry_id = write(
        actor=deputy,
        old={"due_on": date(2026, 3, 5)},
        new={"due_on": date(2026, 3, 9), "cost_twd": Decimal("1200"), "words": "=\x00"},
        reason="下雨\x00",
        personal={"phone": "0912345678"},
        agency="TRAFFIC",
    )
    [entry] = queries.history_of(CASE)
    assert entry.id == entry_id
    assert (entry.at, entry.actor_key, entry.actor_name) == (AT, "person:7", "承辦甲")
    assert (entry.acting_for, entry.agency, entry.subject) == ("科長", "TRAFFIC", CASE)
    assert entry.old == {"due_on": "2026-03-05"}
    assert entry.new == {"due_on": "2026-03-09", "cost_twd": "1200", "words": "=\ufffd"}
    assert entry.reason == "下雨\ufffd"
    assert entry.personal == {"phone": "0912345678"}
    assert Entry.objects.get().principal_key == "person:8"


def test_without_an_agency_the_actors_own_is_taken():
    write()
    write(actor=ANONYMOUS)
    assert [entry.agency for entry in queries.history_of(CASE)] == ["ROADS", None]


def test_history_is_the_newest_rows_oldest_first():
    for minute in (2, 0, 1):
        write(at=AT + timedelta(minutes=minute), new={"minute": minute})
    minutes = [entry.new["minute"] for entry in queries.history_of(CASE)]
    assert minutes == [0, 1, 2]
    assert [entry.new["minute"] for entry in queries.history_of(CASE, limit=2)] == [1, 2]


def test_a_citizens_name_lies_in_the_erasable_part():
    write(actor=CITIZEN)
    assert Entry.objects.get().actor_name == ""
    assert queries.history_of(CASE)[0].actor_name == "民眾甲"
    assert queries.history_of(CASE)[0].personal is None


def test_a_change_is_rolled_back_with_its_trail():
    with contextlib.suppress(RuntimeError), transaction.atomic():
        write()
        raise RuntimeError
    assert not Entry.objects.exists()
    assert not Pending.objects.exists()


def test_many_rows_at_once_are_the_same_as_one_by_one(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 4)
    entries = (
        services.Entry(
            Subject("x", n), new={"n": n}, personal={"p": n} if n % 2 else None, agency="A"
        )
        for n in range(10)
    )
    assert services.record_many(actor=OFFICER, action="x.imported", at=AT, entries=entries) == 10
    rows = list(Entry.objects.order_by("id"))
    assert [row.subject_id for row in rows] == list(range(10))
    assert [row.new for row in rows] == [{"n": n} for n in range(10)]
    assert Personal.objects.count() == 5
    assert services.record_many(actor=OFFICER, action="x", at=AT, entries=[]) == 0
    while services.seal(at=AT, limit=4):
        pass
    found = queries.verify()
    assert (found.sealed, found.unsealed, found.fault) == (10, 0, None)


def test_sealing_goes_in_order_in_batches_and_leaves_the_rest_waiting():
    ids = [write() for _ in range(5)]
    assert services.seal(at=AT, limit=3) == 3
    assert list(Seal.objects.order_by("sequence").values_list("sequence", "entry_id")) == [
        (1, ids[0]),
        (2, ids[1]),
        (3, ids[2]),
    ]
    found = queries.verify()
    assert found.whole
    assert (found.sealed, found.unsealed, found.oldest_unsealed_at) == (3, 2, AT)
    assert services.seal(at=AT) == 2
    assert services.seal(at=AT) == 0
    assert queries.head().sequence == 5


def test_an_empty_trail_is_whole():
    assert queries.verify() == queries.Verification(0, 0, None, queries.head(), None)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE kernel_trail_entry SET reason = 'x'",
        "DELETE FROM kernel_trail_entry",
        "UPDATE kernel_trail_seal SET sealed_at = now()",
        "DELETE FROM kernel_trail_seal",
        "UPDATE kernel_trail_personal SET content = 'x'",
        "UPDATE kernel_trail_personal SET erased_by_id = entry_id",
        "DELETE FROM kernel_trail_personal",
        "UPDATE kernel_trail_check SET sealed = 0",
        "DELETE FROM kernel_trail_check",
        "TRUNCATE kernel_trail_entry CASCADE",
        "TRUNCATE kernel_trail_seal",
        "TRUNCATE kernel_trail_personal",
        "TRUNCATE kernel_trail_pending",
        "TRUNCATE kernel_trail_check",
    ],
)
def test_the_database_itself_refuses_changes(sql):
    three_sealed()
    services.check(asked_by=OFFICER.key, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE wants no waiting checks
        cursor.execute("SET LOCAL yankao.guarded = 'on'")
        with (
            pytest.raises((ProgrammingError, InternalError), match=r"forbidden|not changed"),
            transaction.atomic(),
        ):
            cursor.execute(sql)
    assert queries.verify().whole


CHANGES = {
    "id": "id + 1000",
    "at": "at + interval '1 microsecond'",
    "actor_key": "'person:8'",
    "actor_name": "'別人'",
    "principal_key": "''",
    "acting_for": "'x'",
    "action": "'x.undone'",
    "subject_kind": "'service.petition'",
    "subject_id": "subject_id + 100",
    "agency": "NULL",
    "old": "NULL",
    "new": """'{"state": "done", "n": 3}'""",
    "reason": "reason || ' '",
    "personal_digest": "NULL",
}


def test_every_column_of_an_entry_is_covered():
    assert {field.column for field in Entry._meta.concrete_fields} == set(CHANGES)


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_column_is_found_and_the_first_changed_row_named(column):
    ids = three_sealed()
    with tampering() as execute:
        for entry_id in ids[1:]:
            execute(
                f"UPDATE kernel_trail_entry SET {column} = {CHANGES[column]} WHERE id = %s",
                [entry_id],
            )
    fault = queries.verify().fault
    kind = FaultKind.ENTRY_MISSING if column == "id" else FaultKind.CHANGED
    assert (fault.kind, fault.sequence, fault.entry_id) == (kind, 2, ids[1])


@pytest.mark.parametrize(
    ("column", "value"),
    [("sealed_at", "sealed_at + interval '1 microsecond'"), ("digest", r"'\x00'")],
)
def test_a_changed_seal_is_found(column, value):
    ids = three_sealed()
    with tampering() as execute:
        execute(f"UPDATE kernel_trail_seal SET {column} = {value} WHERE sequence = 2")
    fault = queries.verify().fault
    assert (fault.kind, fault.entry_id) == (FaultKind.CHANGED, ids[1])


@pytest.mark.parametrize(("column", "value"), [("content", "'{}'"), ("salt", r"'\x00'")])
def test_changed_personal_values_are_found(column, value):
    ids = three_sealed()
    with tampering() as execute:
        execute(
            f"UPDATE kernel_trail_personal SET {column} = {value} WHERE entry_id = %s",
            [ids[1]],
        )
    fault = queries.verify().fault
    assert (fault.kind, fault.entry_id) == (FaultKind.PERSONAL_CHANGED, ids[1])


def test_personal_values_gone_without_a_recorded_erasure_are_found():
    ids = three_sealed()
    with tampering() as execute:
        execute("DELETE FROM kernel_trail_personal WHERE entry_id = %s", [ids[2]])
    assert queries.verify().fault.kind == FaultKind.PERSONAL_MISSING
    with tampering() as execute:  # pointing at some other entry is no record of an erasure
        execute(
            "UPDATE kernel_trail_personal SET salt = NULL, content = NULL, erased_by_id = %s"
            " WHERE entry_id = %s",
            [ids[2], ids[0]],
        )
    fault = queries.verify().fault
    assert (fault.kind, fault.entry_id) == (FaultKind.PERSONAL_MISSING, ids[0])


def test_personal_values_slipped_in_are_found():
    entry_id = write()
    services.seal(at=AT)
    Personal.objects.create(entry_id=entry_id, salt=b"x", content="{}")
    assert queries.verify().fault.kind == FaultKind.PERSONAL_CHANGED


def test_a_deleted_row_is_found():
    ids = three_sealed()
    with tampering() as execute:
        execute("DELETE FROM kernel_trail_entry WHERE id = %s", [ids[1]])
    fault = queries.verify().fault
    assert (fault.kind, fault.sequence, fault.entry_id) == (FaultKind.ENTRY_MISSING, 2, ids[1])


def test_a_row_deleted_with_its_seal_is_found():
    ids = three_sealed()
    with tampering() as execute:
        execute("DELETE FROM kernel_trail_entry WHERE id = %s", [ids[1]])
        execute("DELETE FROM kernel_trail_seal WHERE sequence = 2")
    fault = queries.verify().fault
    assert (fault.kind, fault.sequence) == (FaultKind.SEAL_MISSING, 2)


def test_closing_the_gap_does_not_hide_it():
    ids = three_sealed()
    with tampering() as execute:
        execute("DELETE FROM kernel_trail_entry WHERE id = %s", [ids[1]])
        execute("DELETE FROM kernel_trail_seal WHERE sequence = 2")
        execute("UPDATE kernel_trail_seal SET sequence = 2 WHERE sequence = 3")
    fault = queries.verify().fault
    assert (fault.kind, fault.entry_id) == (FaultKind.CHANGED, ids[2])


def test_a_deleted_seal_names_the_row_left_without():
    ids = three_sealed()
    with tampering() as execute:
        execute("DELETE FROM kernel_trail_seal WHERE sequence = 2")
    fault = queries.verify().fault
    assert (fault.kind, fault.sequence, fault.entry_id) == (FaultKind.SEAL_MISSING, 2, ids[1])


def test_exchanged_rows_are_found():
    ids = three_sealed()
    with tampering() as execute:
        execute("UPDATE kernel_trail_seal SET entry_id = -1 WHERE sequence = 1")
        execute("UPDATE kernel_trail_seal SET entry_id = %s WHERE sequence = 2", [ids[0]])
        execute("UPDATE kernel_trail_seal SET entry_id = %s WHERE sequence = 1", [ids[1]])
    fault = queries.verify().fault
    assert (fault.kind, fault.sequence, fault.entry_id) == (FaultKind.CHANGED, 1, ids[1])


def test_a_cut_end_shows_against_the_last_check():
    ids = three_sealed()
    services.check(asked_by=OFFICER.key, at=AT)
    with tampering() as execute:
        execute("DELETE FROM kernel_trail_seal WHERE sequence = 3")
        execute("DELETE FROM kernel_trail_entry WHERE id = %s", [ids[2]])
    assert queries.verify().whole  # from inside a shortened chain looks whole
    for _ in range(2):  # nor does the second look forget
        fault = services.check(asked_by=OFFICER.key, at=AT).fault
        assert (fault.kind, fault.sequence) == (FaultKind.CUT, 3)


def test_a_chain_written_anew_shows_against_an_anchor_kept_elsewhere():
    three_sealed()
    anchor = queries.head()
    with tampering() as execute:
        execute("DELETE FROM kernel_trail_seal")
        execute("UPDATE kernel_trail_entry SET reason = '改過'")
        execute("INSERT INTO kernel_trail_pending SELECT id FROM kernel_trail_entry")
    services.seal(at=AT)
    assert queries.verify().whole
    assert queries.verify(anchors=[anchor]).fault.kind == FaultKind.CUT
    assert queries.verify(anchors=[Head(3, queries.head().digest)]).whole


def test_rows_lost_before_sealing_are_found():
    ids = [write() for _ in range(2)]
    with tampering() as execute:
        execute("DELETE FROM kernel_trail_entry WHERE id = %s", [ids[0]])
    fault = queries.verify().fault
    assert (fault.kind, fault.entry_id) == (FaultKind.LOST_UNSEALED, ids[0])
    Pending.objects.all().delete()
    fault = queries.verify().fault
    assert (fault.kind, fault.entry_id) == (FaultKind.LOST_UNSEALED, ids[1])


def test_erasing_personal_values_leaves_the_chain_whole():
    ids = three_sealed()
    write(Subject("service.dispatch", 1), actor=CITIZEN)
    subject = Subject("service.dispatch", 1)
    erased = services.erase_personal(
        subject=subject, actor=OFFICER, at=AT + timedelta(hours=1), reason="當事人請求"
    )
    assert erased == 2
    first, second, erasure = queries.history_of(subject)
    assert (first.personal, first.erased, first.new) == (None, True, {"state": "done", "n": 1})
    assert (second.actor_name, second.actor_key, second.erased) == ("", "person:9", True)
    assert (erasure.action, erasure.reason, erasure.new) == (ERASED, "當事人請求", {"entries": 2})
    assert queries.history_of(Subject("service.dispatch", 2))[0].personal == {"phone": "092"}
    assert not Personal.objects.filter(entry_id=ids[0], salt__isnull=False).exists()
    assert queries.verify().whole
    services.seal(at=AT)
    assert queries.verify().whole


def test_erasing_also_what_a_person_wrote_elsewhere():
    write(actor=CITIZEN)
    write(Subject("service.petition", 4), actor=CITIZEN, personal={"story": "…"})
    services.seal(at=AT)
    person = Subject("kernel.people.person", 9)
    assert (
        services.erase_personal(
            subject=person, actor=OFFICER, at=AT, reason="停止蒐集", of_actor="person:9"
        )
        == 2
    )
    assert queries.history_of(CASE)[0].actor_name == ""
    assert queries.verify().whole


def test_erasing_wants_a_reason_and_records_nothing_when_there_is_nothing():
    with pytest.raises(services.ErasureNeedsReason):
        services.erase_personal(subject=CASE, actor=OFFICER, at=AT, reason=" ")
    assert services.erase_personal(subject=CASE, actor=OFFICER, at=AT, reason="x") == 0
    assert not Entry.objects.exists()


def test_an_erased_value_cannot_be_put_back():
    three_sealed()
    subject = Subject("service.dispatch", 1)
    services.erase_personal(subject=subject, actor=OFFICER, at=AT, reason="x")
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        Personal.objects.filter(entry__subject_id=1).update(content="{}")


def test_a_check_is_kept():
    three_sealed()
    found = services.check(asked_by=OFFICER.key, at=AT)
    kept = queries.last_check()
    assert kept.verification == found
    assert (kept.at, kept.verification.sealed, kept.verification.head) == (AT, 3, queries.head())
    assert Check.objects.get().actor_key == "person:7"


def test_who_reads_what():
    auditor = Actor("person:1", "稽核", 1, grants=frozenset({Grant("kernel.trail.read")}))
    partly = Actor("person:2", "政風", 2, grants=frozenset({Grant("kernel.trail.read", "ROADS")}))
    write()
    write(agency="TRAFFIC")
    assert len(queries.entries_for(auditor, queries.Filter()).entries) == 2
    assert len(queries.entries_for(partly, queries.Filter()).entries) == 1
    with pytest.raises(queries.TrailClosed):
        queries.entries_for(OFFICER, queries.Filter())


@pytest.mark.django_db(transaction=True)
def test_transactions_committing_out_of_order_are_all_sealed():
    """The one that took its ids first commits last; sealing meanwhile must not pass it over."""
    late = _Elsewhere()
    first = late.run(lambda: write(new={"who": "late"}))
    second = write(new={"who": "early"})
    assert first < second
    assert services.seal(at=AT) == 1
    assert queries.verify() == queries.Verification(1, 0, None, queries.head(), None)
    late.commit()
    found = queries.verify()
    assert (found.sealed, found.unsealed, found.fault) == (1, 1, None)
    assert services.seal(at=AT) == 1
    assert list(Seal.objects.order_by("sequence").values_list("entry_id", flat=True)) == [
        second,
        first,
    ]
    assert queries.verify().whole


@pytest.mark.django_db(transaction=True)
def test_while_one_seals_another_does_nothing():
    write()
    other = _Elsewhere()
    assert other.run(lambda: services.seal(at=AT)) == 1
    assert services.seal(at=AT) == 0
    other.commit()
    assert services.seal(at=AT) == 0
    assert queries.verify().sealed == 1


@pytest.mark.django_db(transaction=True)
def test_a_sealer_that_dies_leaves_everything_waiting():
    write()
    other = _Elsewhere()
    other.run(lambda: services.seal(at=AT))
    other.roll_back()
    assert queries.verify().unsealed == 1
    assert services.seal(at=AT) == 1
    assert queries.verify().whole


@pytest.mark.django_db(transaction=True)
def test_writers_never_wait_for_the_sealer_or_each_other():
    write()
    sealer, writer = _Elsewhere(), _Elsewhere()
    sealer.run(lambda: services.seal(at=AT))
    writer.run(write)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '500ms'")
        write()
        cursor.execute("SET lock_timeout = 0")
    sealer.commit()
    writer.commit()
    assert services.seal(at=AT) == 2
    assert queries.verify().whole


class _Elsewhere:
    """A second connection with a transaction left open until told."""

    def __init__(self):
        self._todo, self._asked, self._done = None, threading.Event(), threading.Event()
        self._outcome, self._end = None, None
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def run(self, todo):
        self._done.clear()
        self._todo = todo
        self._asked.set()
        assert self._done.wait(20)
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def commit(self):
        self._finish("commit")

    def roll_back(self):
        self._finish("roll back")

    def _finish(self, how):
        self._end = how
        self._asked.set()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _live(self):
        try:
            with transaction.atomic():
                while True:
                    assert self._asked.wait(30)
                    self._asked.clear()
                    if self._end:
                        break
                    try:
                        self._outcome = self._todo()
                    except Exception as error:  # noqa: BLE001 – handed to the test's own thread
                        self._outcome = error
                    self._done.set()
                transaction.set_rollback(self._end == "roll back")
        finally:
            connection.close()
