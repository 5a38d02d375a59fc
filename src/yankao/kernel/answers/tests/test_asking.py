"""Asking: the right entry, nothing that may not be shown, and silence when it is unsure."""

import random
from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.kernel.answers import matching, queries, rules, services, store
from yankao.kernel.answers.matching import Text
from yankao.kernel.answers.models import Build, Evaluation, Stale
from yankao.kernel.answers.queries import EntryKey
from yankao.kernel.answers.tests.conftest import TEXTS, Shelf
from yankao.kernel.answers.words import Probe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def built(shelf: Shelf) -> None:
    services.rebuild(at=NOW)


def keys(question: str) -> list[str]:
    return [hit.entry.key for hit in queries.ask(question, at=NOW).hits]


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("路燈不亮", "1"),
        ("街上的路燈壞掉了不亮要跟誰說", "1"),
        ("戶籍謄本一張多少", "2"),
        ("身心障礙停車證", "5"),
        ("殘障停車證去哪辦", "5"),
        ("有流浪狗", "4"),
    ],
)
def test_finds_what_is_meant(question: str, key: str) -> None:
    assert keys(question)[0] == key


def test_what_is_withdrawn_is_not_shown_though_the_index_knows_it(shelf: Shelf) -> None:
    shelf.withdrawn.add("1")
    found = queries.ask("路燈不亮", at=NOW)
    assert "1" not in {hit.entry.key for hit in found.hits}
    assert queries.entry_for(EntryKey("tests.shelf", "1"), at=NOW) is None


def test_what_is_shown_are_the_words_of_this_moment(shelf: Shelf) -> None:
    shelf.put("1", "路燈不亮了要向誰通報？", "改由區公所受理。")
    assert queries.ask("路燈不亮", at=NOW).hits[0].entry.answer == "改由區公所受理。"


def test_the_city_says_how_sure_it_must_be(shelf: Shelf, settings: object) -> None:
    settings.CITY = {**settings.CITY, "answers": {"least_confidence_pct": 0}}  # type: ignore[attr-defined]
    assert queries.ask("路燈", at=NOW).answer is not None
    settings.CITY = {**settings.CITY, "answers": {"least_confidence_pct": 101}}  # type: ignore[attr-defined]
    found = queries.ask("路燈不亮了要向誰通報？", at=NOW)
    assert found.answer is None
    assert found.hits


@pytest.mark.parametrize(
    "question",
    ["", " ", "\x00", "？？？", "\u202e\u202d", "🙂🙂", "qwerty zxcvb", "的了嗎", "%_%'; --"],
)
def test_what_says_nothing_is_answered_by_nothing(question: str) -> None:
    assert queries.ask(question, at=NOW).answer is None


def test_a_hundred_thousand_characters_are_as_two_hundred() -> None:
    start = "路燈不亮" + "嗯" * 300
    assert keys(start + "戶籍謄本" * 25_000) == keys(start)


def test_two_entries_with_the_same_question_do_not_make_it_unsure(shelf: Shelf) -> None:
    alone = queries.ask("路燈不亮要向誰通報", at=NOW).hits[0].percent
    shelf.put("6", "路燈不亮了，要向誰通報", "請撥打市民熱線，或在網站填寫通報單，三日內修復。")
    services.rebuild(at=NOW)
    assert queries.ask("路燈不亮要向誰通報", at=NOW).hits[0].percent >= alone - 5


def test_a_new_entry_is_found_once_its_source_says_so(shelf: Shelf) -> None:
    shelf.put("7", "海龜上岸了怎麼辦？", "請通知海洋局。")
    assert "7" not in keys("海龜上岸")
    services.entries_changed("tests.shelf")
    services.entries_changed("tests.shelf")
    assert services.keep_fresh(at=NOW) == len(TEXTS) + 1
    assert keys("海龜上岸")[0] == "7"
    assert services.keep_fresh(at=NOW) is None
    assert not Stale.objects.exists()


def test_while_another_builds_it_is_left_to_that_one() -> None:
    services.entries_changed("tests.shelf")
    with store.alone() as mine:
        assert mine
        assert services.rebuild(at=NOW) is None
        assert services.keep_fresh(at=NOW) is None
    assert services.keep_fresh(at=NOW) == len(TEXTS)


@pytest.mark.parametrize("harm", ["changed", "gone", "older"])
def test_an_index_that_is_not_as_recorded_is_not_read(harm: str) -> None:
    build = Build.objects.latest("pk")
    path = store.folder() / build.file
    if harm == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif harm == "gone":
        path.unlink()
    else:
        Build.objects.update(version=0)
    queries._loaded.file = ""
    assert queries.ask("路燈不亮", at=NOW) == queries.Found()
    assert services.keep_fresh(at=NOW) == len(TEXTS)
    assert keys("路燈不亮")[0] == "1"


def test_without_any_entry_nothing_is_found(shelf: Shelf) -> None:
    shelf.entries.clear()
    assert services.rebuild(at=NOW) == 0
    assert queries.ask("路燈不亮", at=NOW) == queries.Found()


def test_the_file_holds_arrays_only_and_is_the_same_index() -> None:
    texts = [Text("s", key, *pair) for key, pair in TEXTS.items()]
    index = matching.build(texts, [("殘障", "身心障礙")])
    again = matching.from_bytes(index.to_bytes())
    for question in ("殘障停車", "路燈", "租借費用"):
        assert again.rank(question) == index.rank(question)
    with pytest.raises(ValueError, match=r"."):
        matching.from_bytes(b"PK not a file")


def test_ranking_is_the_same_whatever_the_order_of_entries() -> None:
    texts = [Text("s", key, *pair) for key, pair in TEXTS.items()]
    index = matching.build(texts, [])
    random.Random(7).shuffle(texts)
    other = matching.build(texts, [])
    for question in ("路燈不亮", "多少費用", "申請停車證"):
        ours = {r.key: round(r.score, 4) for r in index.rank(question)}
        assert ours == {r.key: round(r.score, 4) for r in other.rank(question)}


def test_confidence_grows_with_distance_and_is_a_share() -> None:
    near, far = rules.confidence(80, 50, 79), rules.confidence(80, 50, 10)
    assert 0 <= near < far <= 1
    assert rules.confidence(0, 0, 0) == 0


def test_the_city_s_questions_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [
        Probe("held", "路燈不亮了要向誰通報", frozenset({"T/1"})),
        Probe("held", "戶籍謄本", frozenset({"T/4"})),
        Probe("held", "qwerty", frozenset()),
        Probe("held", "這一題的問答還沒有", frozenset({"elsewhere/9"})),
    ]
    monkeypatch.setattr("yankao.kernel.answers.evaluation.probes", lambda: asked)
    [row] = services.evaluate(at=NOW + timedelta(hours=1))
    assert (row.asked, row.foreign, row.first, row.answered_foreign) == (2, 1, 1, 0)
    assert row.right <= row.answered
    assert Evaluation.objects.get().entries == len(TEXTS)


def test_asking_costs_two_queries(django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        queries.ask("路燈不亮", at=NOW)
