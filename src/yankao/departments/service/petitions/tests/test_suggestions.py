"""The agency suggested from the words: learned from answered ones, chosen by people, kept."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.cast import NOW
from yankao.base.errors import Refused
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.queries import PetitionTexts
from yankao.kernel.suggestions import queries as suggestions
from yankao.kernel.suggestions import services as learning
from yankao.kernel.suggestions.texts import AGENCY, Example, sources

pytestmark = pytest.mark.django_db

NOISY = (
    "夜間施工噪音",
    "工地半夜打樁",
    "卡拉OK很吵",
    "鄰居裝修太吵",
    "攤販擴音器吵人",
    "廟會鞭炮聲",
)
BUSES = ("公車誤點", "公車過站不停", "站牌看不清楚", "公車司機態度", "末班公車太早", "公車路線取消")


class Words:
    """A source of the test's own."""

    suggestion_kind, training_source = AGENCY, "toy"

    def training_examples(self, most):
        return [
            Example(words, f"請處理{words}", code)
            for code, all_words in (("ROADS", NOISY), ("TRAFFIC", BUSES))
            for words in all_words
        ]


@pytest.fixture
def trained(hall, home, monkeypatch) -> None:
    monkeypatch.setattr(learning, "sources", lambda kind: (Words(),))
    learning.train(kind=AGENCY, at=NOW)


def month() -> suggestions.Report:
    return suggestions.report(AGENCY, NOW.date().replace(day=1))


def told(**more: str) -> dict[str, str]:
    return {
        "channel": "phone", "phone": "0912345678", "name": "王小明", "item": "noise事項",
        "title": "公車站牌", "content": "公車一直誤點", "place": "", "email": "", "address": "",
        "intake_key": "k" * 24, **more,
    }  # fmt: skip


def test_it_is_offered() -> None:
    assert "service.petitions" in [source.training_source for source in sources(AGENCY)]


def test_only_answered_and_open_ones_are_learned(hall) -> None:
    hall.accepted()
    answered = hall.answered()
    assert list(PetitionTexts().training_examples(9)) == [
        Example("夜間噪音", "每晚都吵。", answered.agency_id)
    ]
    Petition.objects.update(is_confidential=True)
    assert list(PetitionTexts().training_examples(9)) == []


def test_the_form_suggests_without_javascript_and_keeps_what_was_typed(trained, client_of) -> None:
    shown = client_of("agent").post("/petitions/take-in/", told(suggest="1")).content.decode()
    assert 'value="TRAFFIC" data-key="1"' in shown
    assert "公車一直誤點" in shown
    assert "0912345678" in shown
    assert not Petition.objects.exists()


def test_the_empty_form_suggests_nothing(trained, client_of) -> None:
    shown = client_of("agent").get("/petitions/take-in/").content.decode()
    assert "寫下主旨和內容後" in shown
    assert 'name="agency"' not in shown


def test_who_takes_in_chooses(trained, client_of, time_machine) -> None:
    time_machine.move_to(NOW)
    agent: Client = client_of("agent")
    assert agent.post("/petitions/take-in/", told(agency="TRAFFIC")).status_code == 302
    case = Petition.objects.get()
    assert (case.agency_id, case.unit_id) == ("TRAFFIC", None)
    assert case.handling.debtor_agency_id == "TRAFFIC"
    assert (month().total, month().first_right) == (1, 1)


def test_without_a_choice_the_item_decides_and_that_is_compared(
    trained, client_of, time_machine
) -> None:
    time_machine.move_to(NOW)
    assert client_of("agent").post("/petitions/take-in/", told(agency="")).status_code == 302
    assert Petition.objects.get().agency_id == "ROADS"
    assert [(pair.suggested, pair.chosen) for pair in month().confusions] == [
        ("交通局", "養護工程處")
    ]


@pytest.mark.parametrize("agency", ["NOWHERE", "'--", "<b>"])
def test_an_agency_that_is_none_is_refused(agency, trained, client_of) -> None:
    answer = client_of("agent").post("/petitions/take-in/", told(agency=agency))
    assert answer.status_code == 422
    assert "請選擇機關" in answer.content.decode()
    assert not Petition.objects.exists()


def test_a_citizen_names_no_agency(hall) -> None:
    with pytest.raises(Refused) as refused:
        hall.receive(agency="TRAFFIC")
    assert refused.value.code == "petitions.not_for_you"


def test_what_citizens_send_counts_when_somebody_signs_it_in(trained, hall) -> None:
    case = hall.received(matter={"title": "公車誤點", "content": "等了一小時"})
    assert month().total == 0
    at = NOW + timedelta(minutes=1)
    services.accept_petition(number=case.number, actor=hall.actor("officer"), at=at)
    assert (month().total, month().first_right) == (1, 0)


def test_a_reassigned_one_counts_for_where_it_went(trained, hall) -> None:
    case = hall.accepted(matter={"title": "公車誤點", "content": "等了一小時"})
    services.reassign_petition(
        number=case.number, agency="TRAFFIC", reason="公車的事", actor=hall.actor("supervisor"),
        at=NOW + timedelta(hours=1),
    )  # fmt: skip
    assert (month().total, month().first_right) == (1, 1)


def test_reassigning_offers_the_likeliest_first(trained, hall, client_of, time_machine) -> None:
    time_machine.move_to(NOW + timedelta(hours=1))
    case = hall.accepted(matter={"title": "公車誤點", "content": "等了一小時"})
    shown = client_of("supervisor").get(f"/petitions/{case.number}/reassign/").content.decode()
    assert "1　交通局（" in shown


def test_without_a_model_all_goes_as_before(hall, home, client_of) -> None:
    assert client_of("agent").post("/petitions/take-in/", told()).status_code == 302
    assert Petition.objects.get().agency_id == "ROADS"
    assert month().total == 0
