"""What of the cases is learned from."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries import CaseTexts
from yankao.kernel.suggestions.texts import AGENCY, Example, sources

pytestmark = pytest.mark.django_db


def examples(most: int = 100) -> list[Example]:
    return list(CaseTexts().training_examples(most))


def test_it_is_offered() -> None:
    assert "service.dispatch" in [source.training_source for source in sources(AGENCY)]


def test_only_closed_cases_and_neither_reporter_nor_place(town) -> None:
    contact = services.Contact(name="王小明", phone="0912345678", email="ming@example.org")
    town.report(contact=contact, description="還沒修的坑")
    case = town.done()
    assert examples() == []
    services.verify_case(
        number=case.number, words="", actor=town.actor("supervisor"), at=NOW + timedelta(hours=3)
    )
    [example] = examples()
    case.refresh_from_db()
    assert example == Example(case.item.name, case.description, case.agency_id)
    Case.objects.update(description="很大的坑", outcome_known=False)
    assert examples() == []


def test_no_more_than_asked_for(town) -> None:
    town.report()
    town.report()
    Case.objects.update(state="closed", closed_at=NOW)
    assert len(examples()) == 2
    assert len(examples(1)) == 1
