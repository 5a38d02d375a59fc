"""People are told what happened to their account: once, in the inbox and by mail."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.cast import NOW, Cast
from yankao.kernel.notices import jobs
from yankao.kernel.notices.models import InboxEntry, Notice
from yankao.kernel.people import queries, services
from yankao.kernel.people.models import Person

MINUTE = timedelta(minutes=1)


def carry_out(since: int) -> None:
    """What the worker does with the jobs made meanwhile, and does again after a crash."""
    waiting = ProcrastinateJob.objects.filter(task_name="kernel.notices.tell_person", id__gt=since)
    for job in [*waiting, *waiting]:
        jobs.tell_person(**job.args)


def newest_job() -> int:
    return ProcrastinateJob.objects.order_by("-id").values_list("id", flat=True).first() or 0


def inbox(person: Person) -> list[str]:
    entries = InboxEntry.objects.filter(person=person).order_by("id")
    return [entry.notice.title for entry in entries]


@pytest.mark.usefixtures("texts")
def test_every_change_of_factors_is_told_once_inside_and_by_mail(cast: Cast) -> None:
    officer, since = cast.person("officer"), newest_job()
    Person.objects.filter(pk=officer.pk).update(email="officer@example.tw")
    mine = cast.actor("officer")
    services.add_app(secret="A" * 32, actor=mine, at=NOW)
    services.make_recovery_codes(actor=mine, at=NOW)
    code = queries.recovery_codes(officer.pk)[0]
    services.spend_code(person_id=officer.pk, code=code, at=NOW)
    services.add_passkey(name="x", credential={}, actor=mine, at=NOW)
    [app, _key] = queries.factors_of(officer.pk)
    services.remove_factor(factor_id=app.id, actor=mine, at=NOW)
    services.warn_of_wrong_codes(person_id=officer.pk, at=NOW)
    services.remove_all_factors(
        person_id=officer.pk, reason="遺失", actor=cast.actor("administrator"), at=NOW
    )
    carry_out(since)
    titles = [
        "您的帳號加入了驗證程式",
        "您的備用碼已重新產生",
        "有人用備用碼確認您的身分",
        "您的帳號加入了通行金鑰",
        "您的帳號移除了驗證程式",
        "您的帳號因驗證碼連續錯誤而鎖定",
        "您的第二道驗證已清除",
    ]
    assert inbox(officer) == titles
    mails = Notice.objects.filter(channel="email").order_by("id")
    assert [mail.title for mail in mails] == titles
    body = mails[len(titles) - 1].envelope.body
    assert "承辦甲，您好" in body
    assert "管理壬清除了您的第二道驗證" in body
    assert "遺失" in body


@pytest.mark.usefixtures("texts")
def test_both_hear_of_a_deputation_and_of_its_early_end(cast: Cast) -> None:
    officer, deputy, since = cast.person("officer"), cast.person("second_officer"), newest_job()
    row = services.appoint_deputy(
        principal_id=officer.pk,
        deputy_id=deputy.pk,
        from_at=NOW,
        until_at=NOW + timedelta(days=2),
        reason="休假",
        actor=cast.actor("officer"),
        at=NOW,
    )
    services.end_deputy(deputation_id=row.pk, actor=cast.actor("second_officer"), at=NOW + MINUTE)
    carry_out(since)
    ended = "承辦乙代理承辦甲已提前結束"
    assert inbox(deputy) == ["您將代理承辦甲", ended]
    assert inbox(officer) == ["承辦乙將代理您", ended]
    told = Notice.objects.get(person=deputy, template_key="people.deputy")
    assert "115/03/04（三）10:00 到 115/03/06（五）10:00" in told.body
    assert not Notice.objects.filter(channel="email").exists()
