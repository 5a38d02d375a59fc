"""What a call of send leaves behind: rows, inboxes, jobs; and what is refused."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import NOW
from tests.factories import make_agency, make_person
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.kernel.notices import queries, services
from yankao.kernel.notices.models import Envelope, InboxEntry, Notice, Template
from yankao.kernel.notices.services import Message, Recipient
from yankao.kernel.notices.tests.conftest import (
    CASE,
    CONTEXT,
    EMAIL,
    LOADER,
    PHONE,
    load_pack,
    pin_up,
    send,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]


@pytest.fixture(autouse=True)
def no_older_jobs(texts) -> None:
    """Browser journeys leave jobs behind: emptying tables between tests spares the worker's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET task_name = 'older' WHERE task_name = %s",
            [services.DELIVER],
        )


def deferred() -> list[list[int]]:
    """The ids of each delivery job of this test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id",
            [services.DELIVER],
        )
        rows = [args for (args,) in cursor.fetchall()]
    return [(json.loads(a) if isinstance(a, str) else a)["notice_ids"] for a in rows]


def test_a_letter_is_a_row_an_envelope_and_a_job() -> None:
    sms, mail = send("sms"), send("email")
    assert deferred() == [[sms], [mail]]
    notice = Notice.objects.get(pk=sms)
    assert (notice.status, notice.attempts, notice.next_try_at) == ("queued", 0, NOW)
    assert notice.envelope.address == PHONE
    assert "D1150304001" in notice.envelope.body
    assert CONTEXT["link"] in notice.envelope.body
    assert notice.segments == 2
    assert Notice.objects.get(pk=mail).envelope.address == EMAIL


def test_nothing_personal_lies_outside_the_envelope() -> None:
    for pk in (send("sms"), send("email")):
        row = Notice.objects.filter(pk=pk).values().get()
        text = " ".join(str(value) for value in row.values())
        for personal in (PHONE, EMAIL, CONTEXT["place"], CONTEXT["link"]):
            assert personal not in text


def test_an_sms_says_number_and_link_only() -> None:
    body = Notice.objects.get(pk=send("sms")).envelope.body
    assert CONTEXT["place"] not in body
    assert CONTEXT["item"] not in body


def test_the_agencys_officers_and_supervisors_have_it_at_once(cast) -> None:
    notice = Notice.objects.get(pk=pin_up(Recipient(agency="ROADS")))
    assert notice.status == "delivered"
    assert deferred() == []
    names = InboxEntry.objects.filter(notice=notice).values_list("person__account", flat=True)
    assert sorted(names) == ["officer", "second_officer", "supervisor"]


def test_one_person_only(cast) -> None:
    pin_up(Recipient(person_id=cast.person("head").pk))
    assert [e.person.account for e in InboxEntry.objects.all()] == ["head"]


def test_who_holds_two_roles_has_it_once(cast) -> None:
    from tests.factories import give_role

    give_role(cast.person("officer"), "SUPERVISOR", agency=cast.roads)
    pin_up(Recipient(agency="ROADS"))
    assert InboxEntry.objects.filter(person=cast.person("officer")).count() == 1


def test_an_agency_without_people_is_a_failure_one_can_see_and_repair(cast) -> None:
    make_agency("EMPTY")
    pk = pin_up(Recipient(agency="EMPTY"))
    notice = Notice.objects.get(pk=pk)
    assert (notice.status, notice.last_error) == ("failed", "nobody")
    make_person("late", role="OFFICER", agency=cast.bureau.__class__.objects.get(pk="EMPTY"))
    services.retry(notice_id=pk, actor=cast.actor("commission"), at=NOW)
    notice.refresh_from_db()
    assert notice.status == "delivered"
    assert InboxEntry.objects.filter(notice=notice, person__account="late").exists()


@pytest.mark.parametrize(
    ("channel", "to"),
    [("sms", Recipient(phone="07-3368333")), ("email", Recipient(email="wang at example"))],
)
def test_an_address_nothing_can_reach_does_not_stop_the_matter(channel, to) -> None:
    notice = Notice.objects.get(pk=send(channel, to=to))
    assert (notice.status, notice.last_error) == ("failed", "malformed")
    assert deferred() == []


@pytest.mark.parametrize(
    ("channel", "to"),
    [
        ("sms", Recipient(email=EMAIL)),
        ("email", Recipient(phone=PHONE)),
        ("sms", Recipient(phone=" ")),
    ],
)
def test_no_address_for_the_channel_is_refused(channel, to) -> None:
    with pytest.raises(services.RecipientMissing):
        send(channel, to=to)
    assert not Notice.objects.exists()


def test_an_in_app_notice_needs_somebody() -> None:
    with pytest.raises(services.RecipientMissing):
        pin_up(Recipient(phone=PHONE))


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(services.TemplateUnknown):
        send(template="dispatch.unheard")
    with pytest.raises(services.TemplateUnknown):
        send("sms", template="dispatch.assigned")  # in_app only
    with pytest.raises(services.TemplateUnknown):
        send(at=NOW.replace(year=2009))  # nothing in force yet


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(services.ChannelUnknown):
        send("pigeon")


@pytest.mark.parametrize("name", ["number", "link", "city"])
def test_a_missing_placeholder_is_refused_and_named(name) -> None:
    with pytest.raises(services.PlaceholderMissing, match=name):
        send(context={k: v for k, v in CONTEXT.items() if k != name})
    assert not Notice.objects.exists()


def messages(count: int) -> list[Message]:
    to = [Recipient(phone=f"09{n:08d}") for n in range(count)]
    return [Message(one, CONTEXT, Subject("x", n)) for n, one in enumerate(to)]


def test_many_go_set_by_set() -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        services.send_many(
            template="dispatch.received", channel="sms", messages=messages(2), at=NOW
        )
    with CaptureQueriesContext(connection) as many:
        ids = services.send_many(
            template="dispatch.received", channel="sms", messages=messages(500), at=NOW
        )
    assert len(many) <= len(few) + 4  # one statement more for each further job of 100
    assert [Notice.objects.get(pk=pk).subject_id for pk in ids[:3]] == [0, 1, 2]
    assert sorted(pk for job in deferred()[1:] for pk in job) == sorted(ids)


def test_many_are_all_or_nothing() -> None:
    wrong = [*messages(3), Message(Recipient(), CONTEXT, CASE)]
    with pytest.raises(services.RecipientMissing):
        services.send_many(template="dispatch.received", channel="sms", messages=wrong, at=NOW)
    assert not Notice.objects.exists()
    assert deferred() == []


def test_once_is_once(cast) -> None:
    to = Recipient(person_id=cast.person("head").pk)
    first = pin_up(to, once="a")
    assert pin_up(to, once="a") == first
    both = [Message(to, CONTEXT, CASE, once=key) for key in ("a", "b", "b")]
    ids = services.send_many(template="dispatch.assigned", channel="in_app", messages=both, at=NOW)
    assert ids[0] == first
    assert ids[1] == ids[2] != first
    assert InboxEntry.objects.count() == Notice.objects.count() == 2


def test_the_budget_of_one_letter() -> None:
    with CaptureQueriesContext(connection) as found:
        send("sms")
    assert len(found) <= 7  # savepoint twice, text, notice, envelope, job


# --- texts ---------------------------------------------------------------------------------------

GOOD = """
key = "t"
[[template]]
channel = "sms"
version = 1
in_force_from = 2020-01-01
subject = "主旨"
body = "{number}"
"""

ENGLISH = f"""{GOOD}
[template.en]
subject = "Subject"
body = "Number {{number}}"
"""


def load(*tomls: str) -> int:
    rows: list[Row] = [{"file": f"{n}.toml", "toml": toml} for n, toml in enumerate(tomls)]
    return services.load_templates(rows, actor=LOADER, at=NOW)


def test_loading_again_adds_nothing() -> None:
    before = set(Template.objects.values_list("pk", "subject", "body"))
    assert load_pack() > 0
    assert set(Template.objects.values_list("pk", "subject", "body")) == before
    assert before


@pytest.mark.parametrize(
    "toml",
    [
        "key = ",
        "key = 't'",
        GOOD.replace('key = "t"', ""),
        GOOD.replace('"sms"', '"pigeon"'),
        GOOD.replace("2020-01-01", '"someday"'),
        GOOD.replace("{number}", "{number"),
        GOOD.replace("{number}", "{place}"),  # an SMS may not name the place
        GOOD.replace("{number}", ""),
        GOOD + GOOD.partition('"t"')[2],
        ENGLISH.replace("Number {number}", "Number {number"),
        ENGLISH.replace("Number {number}", "Place {link}"),  # the Chinese names no link
        ENGLISH.replace("Number {number}", ""),
        ENGLISH.replace('subject = "Subject"', ""),
    ],
)
def test_a_malformed_text_is_refused_with_its_file(toml) -> None:
    with pytest.raises(services.TemplateMalformed):
        load(toml)


def test_english_may_be_added_to_a_used_version_and_then_stays() -> None:
    load(GOOD)
    reader = Message(Recipient(phone=PHONE), {"number": "一"}, CASE, english={"number": "one"})
    (before,) = services.send_many(template="t", channel="sms", messages=[reader], at=NOW)
    load(ENGLISH)
    (after,) = services.send_many(template="t", channel="sms", messages=[reader], at=NOW)
    assert Envelope.objects.get(pk=before).body == "一"
    assert Envelope.objects.get(pk=after).body == "Number one"
    assert Notice.objects.get(pk=after).title == "Subject"
    assert Envelope.objects.get(pk=send(template="t")).body == "D1150304001"
    for changed in (GOOD, ENGLISH.replace("Number", "No.")):
        with pytest.raises(services.TemplateMalformed):
            load(changed)


def test_both_languages_in_as_many_statements_as_one() -> None:
    def statements(english: dict[str, object] | None) -> int:
        one = Message(Recipient(phone=PHONE), CONTEXT, CASE, english=english)
        other = Message(Recipient(phone=PHONE), CONTEXT, CASE)
        with CaptureQueriesContext(connection) as counted:
            services.send_many(
                template="dispatch.received", channel="sms", messages=[one, other], at=NOW
            )
        return len(counted)

    assert statements(CONTEXT) == statements(None)


def test_a_used_version_stays_as_it_is() -> None:
    load(GOOD)
    load(GOOD.replace("{number}", "案號 {number}"))  # nobody has seen it yet
    send(template="t")
    with pytest.raises(services.TemplateMalformed):
        load(GOOD)
    newer = GOOD.partition('"t"')[2].replace("version = 1", "version = 2")
    load(GOOD.replace("{number}", "案號 {number}") + newer)
    assert Envelope.objects.get(pk=send(template="t")).body == "D1150304001"


# --- what others see -----------------------------------------------------------------------------


def test_notices_of_a_subject_are_masked_and_in_words(cast) -> None:
    send("sms")
    send("email")
    pin_up(Recipient(agency="ROADS"))
    send("sms", subject=Subject("service.dispatch", 13))
    with CaptureQueriesContext(connection) as found:
        views = queries.notices_of(CASE)
    assert len(found) == 1
    assert [(v.channel, v.recipient, v.status_words) for v in views] == [
        ("sms", "0912***678", "簡訊：等待送出"),
        ("email", "w***@example.tw", "電子郵件：等待送出"),
        ("in_app", "養護工程處", "站內通知：已送達"),
    ]
    assert views[0].title == "已受理您的通報"
