"""The caller's cases of all systems together."""

from datetime import timedelta
from types import SimpleNamespace

from tests.cast import NOW
from yankao.base.actors import ANONYMOUS
from yankao.kernel.casework import callers
from yankao.kernel.casework.callers import Caller, CallerHistory


def history(name: str, *hours: int, seen: list):
    cases = tuple(SimpleNamespace(pk=h, received_at=NOW + timedelta(hours=h)) for h in hours)
    return CallerHistory(
        find=lambda actor, phone, at: Caller(name, cases) if cases else None,
        record=lambda cases, actor, at: seen.append(cases),
        line=f"{name or 'nameless'}.html",
    )


def test_newest_first_over_all_systems_and_each_is_recorded(monkeypatch) -> None:
    seen: list = []
    offered = [history("", 1, 5, seen=seen), history("王", 3, seen=seen), history("李", seen=seen)]
    monkeypatch.setattr(callers, "_histories", lambda: offered)
    shown = callers.show_caller(actor=ANONYMOUS, phone="0912345678", at=NOW)
    assert shown is not None
    assert shown.name == "王"
    assert [(line.case.pk, line.template) for line in shown.lines] == [
        (5, "nameless.html"), (3, "王.html"), (1, "nameless.html"),
    ]  # fmt: skip
    assert seen == [[1, 5], [3]]


def test_nobody_known_is_nothing(monkeypatch) -> None:
    seen: list = []
    monkeypatch.setattr(callers, "_histories", lambda: [history("李", seen=seen)])
    assert callers.show_caller(actor=ANONYMOUS, phone="0912345678", at=NOW) is None
    assert seen == []
