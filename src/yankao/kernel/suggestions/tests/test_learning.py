"""Learning, keeping and asking."""

import multiprocessing
import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.cast import NOW
from tests.factories import make_agency
from tools import suggestions as trial
from yankao.base.errors import Refused
from yankao.kernel.suggestions import jobs, learned, learning, queries, services, store
from yankao.kernel.suggestions.models import Training
from yankao.kernel.suggestions.queries import State
from yankao.kernel.suggestions.texts import AGENCY, Example

pytestmark = pytest.mark.django_db


def train(at=NOW) -> services.Trained:
    return services.train(kind=AGENCY, at=at)


def ask(text: str, **more) -> queries.Suggestions:
    return queries.suggest(kind=AGENCY, text=text, **more)


def test_without_a_model_nothing_is_suggested_and_that_is_said(cast) -> None:
    assert ask("路面坑洞") == queries.Suggestions(AGENCY, State.NO_MODEL)
    assert queries.last_training(AGENCY) is None


def test_learned_and_asked(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC", "PWB")
    done = train()
    assert (done.rows, done.labels, done.left_out, done.is_usable) == (90, 3, 0, True)
    found = ask("家門前的人行道有坑洞")
    assert found.state is State.SUGGESTED
    assert found.items[0].label == "ROADS"
    assert found.items[0].name == "養護工程處"
    assert len(found.items) == 3
    percents = [item.percent for item in found.items]
    assert percents == sorted(percents, reverse=True)
    assert sum(percents) <= 101
    assert ask("", title="公車又誤點").items[0].label == "TRAFFIC"


@pytest.mark.parametrize(
    "text", ["", " ", "１２３", "zzz", "ᚠᚢᚦ", "\x00\x00", "0912345678", "😀" * 99]
)
def test_what_says_nothing_is_unclear(text, cast, box) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    found = ask(text)
    assert (found.state, found.items) == (State.UNCLEAR, ())


def test_one_label_only_is_too_little(cast, box) -> None:
    box.fill("ROADS")
    assert not train().is_usable
    assert ask("路面坑洞").state is State.NO_MODEL
    last = queries.last_training(AGENCY)
    assert not last.is_usable
    assert last.left_out == (("養護工程處", 30),)


def test_nothing_offered_is_too_little(cast, box) -> None:
    assert train().is_usable is False
    assert queries.last_training(AGENCY).rows == 0


def test_few_examples_are_left_out_and_that_is_said(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC")
    box.examples += [Example("建築執照", words, "PWB") for words in "甲乙丙丁"]
    assert train().left_out == 1
    assert queries.last_training(AGENCY).left_out == (("工務局", 4),)
    assert "PWB" not in [item.label for item in ask("建築執照").items]


def test_the_same_text_again_and_again_is_one_example(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC")
    box.examples += [Example("建築執照", "", "PWB")] * 500
    assert train().left_out == 1
    assert queries.last_training(AGENCY).left_out == (("工務局", 1),)


def test_unknown_and_ended_agencies_teach_nothing(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC", "PWB")
    gone = make_agency("GONE", name="舊機關")
    gone.in_force_to = NOW.date() - timedelta(days=1)
    gone.save()
    box.examples += [Example("鐵路地下化", "", code) for code in ("GONE", "'; DROP TABLE") * 9]
    train()
    row = Training.objects.get()
    assert set(row.labels) == {"ROADS", "TRAFFIC", "PWB"}
    assert row.sources == {"toy.letters": 90}


def test_empty_examples_are_passed_over(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC")
    box.examples += [Example("", "  ", "PWB")] * 20
    train()
    assert "PWB" not in Training.objects.get().labels


def test_texts_without_letters_do_no_harm(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC")
    box.examples += [Example("123", "456 0912345678", "PWB")] * 20
    assert train().is_usable
    assert ask("公車誤點").items[0].label == "TRAFFIC"


def test_nothing_but_noise_gives_no_model_but_no_failure(cast, box) -> None:
    box.examples += [Example("123", "456", code) for code in ("ROADS", "TRAFFIC") * 9]
    assert train().is_usable is False
    assert ask("公車").state is State.NO_MODEL


def test_what_was_deleted_is_forgotten(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC", "PWB")
    train()
    assert "PWB" in [item.label for item in ask("建築執照").items]
    box.examples = [example for example in box.examples if example.label != "PWB"]
    train(NOW + timedelta(days=1))
    assert "PWB" not in [item.label for item in ask("建築執照").items]


def test_with_too_little_left_the_former_model_is_withdrawn(cast, box, home) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    box.examples.clear()
    train(NOW + timedelta(days=1))
    assert ask("公車").state is State.NO_MODEL
    assert not list((home / "suggestions").glob("*.npz*"))


def test_personal_data_is_not_in_the_file(cast, box, home) -> None:
    box.fill("ROADS", "TRAFFIC")
    box.examples += [
        Example("公車誤點", "我是歐陽鵬鯤 A123456789 0912345678 x@y.tw ABC-1234", "TRAFFIC")
    ]
    train()
    model = store.read(*Training.objects.values_list("file", "sha256").get())
    assert model.places
    for part in ("歐陽", "鵬", "鯤", "abc", "912", "x@y"):
        assert not [gram for gram in model.places if part in gram]


def test_a_newer_model_is_taken_at_once(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    assert len(ask("建築執照申請").items) == 2
    box.fill("PWB")
    train(NOW + timedelta(days=1))
    assert ask("建築執照申請").items[0].label == "PWB"


def test_only_the_model_in_force_is_kept(cast, box, home) -> None:
    box.fill("ROADS", "TRAFFIC")
    for day in range(3):
        train(NOW + timedelta(days=day))
    (home / "suggestions" / "left.npz.new").write_bytes(b"killed")
    train(NOW + timedelta(days=4))
    last = Training.objects.order_by("-id").first()
    assert [path.name for path in (home / "suggestions").glob("*.npz*")] == [last.file]


def test_asked_while_holding_the_same_model_reads_it_once(cast, box, monkeypatch) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    ask("公車")
    monkeypatch.setattr(store, "read", lambda *a: pytest.fail("read again"))
    assert ask("公車").items


@pytest.mark.parametrize("damage", ["changed", "cut", "pickle", "gone", "other"])
def test_a_tampered_file_is_refused(damage, cast, box, home) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    path = home / "suggestions" / Training.objects.get().file
    content = path.read_bytes()
    if damage == "changed":
        path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    elif damage == "cut":
        path.write_bytes(content[:-10])
    elif damage == "pickle":
        import pickle

        path.write_bytes(pickle.dumps({"a": 1}))
    elif damage == "gone":
        path.unlink()
    else:
        other = store.keep(learning.learn(box.examples[::-1]).model)
        (home / "suggestions" / other[0]).replace(path)
        Training.objects.update(sha256="0" * 64)
    assert ask("公車").state is State.NO_MODEL
    assert not queries.last_training(AGENCY).is_usable


def test_nothing_is_unpickled_even_with_the_right_checksum(cast, box, home, tmp_path) -> None:
    """Whoever can write both file and row still runs no code."""
    import hashlib
    import io

    class Evil:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "pwned"),))

    target = io.BytesIO()
    np.savez(target, version=np.array([learned.VERSION]), labels=np.array([Evil()], dtype=object))
    folder = home / "suggestions"
    folder.mkdir()
    (folder / "evil.npz").write_bytes(target.getvalue())
    Training.objects.create(
        kind=AGENCY, trained_at=NOW, rows=1, version=learned.VERSION, library="x",
        file="evil.npz", sha256=hashlib.sha256(target.getvalue()).hexdigest(),
    )  # fmt: skip
    assert ask("公車").state is State.NO_MODEL
    assert not (tmp_path / "pwned").exists()


def test_a_name_cannot_lead_out_of_the_folder(cast, home) -> None:
    (home / "elsewhere.npz").write_bytes(b"x")
    with pytest.raises(store.Damaged):
        store.read(
            "../elsewhere.npz", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        )


def test_another_version_is_not_read(cast, box, monkeypatch) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    monkeypatch.setattr(queries, "VERSION", learned.VERSION + 1)
    assert ask("公車").state is State.NO_MODEL
    content = learning.learn(box.examples).model.to_bytes()
    monkeypatch.setattr(learned, "VERSION", 99)
    with pytest.raises(ValueError, match="another version"):
        learned.from_bytes(content)


def test_kept_and_read_again_it_says_the_same(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC", "PWB")
    model = learning.learn(box.examples).model
    again = learned.from_bytes(model.to_bytes())
    for text in ("路面", "公車站牌", "執照"):
        assert [label for label, _s in again.shares(text)] == [
            label for label, _s in model.shares(text)
        ]
        for (_l, a), (_m, b) in zip(again.shares(text), model.shares(text), strict=True):
            assert a == pytest.approx(b, abs=0.01)


def test_learning_twice_gives_the_same(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC", "PWB")
    first, second = (learning.learn(box.examples).model for _ in range(2))
    assert (first.weights == second.weights).all()
    assert first.sharpness == second.sharpness


def test_the_second_of_two_is_turned_away(cast, box) -> None:
    box.fill("ROADS", "TRAFFIC")
    with store.alone() as mine:
        assert mine
        with pytest.raises(Refused, match="另一個程序") as refused:
            train()
        assert refused.value.code == "suggestions.busy"
        jobs.train()  # leaves it to the other one
    assert not Training.objects.exists()
    assert train().is_usable


def test_killed_half_way_the_former_model_stays(cast, box, home, monkeypatch) -> None:
    """Between file and row; and the next learning clears up."""
    box.fill("ROADS", "TRAFFIC")
    train()

    class Killed(BaseException):
        pass

    def killed(**fields):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Training.objects, "create", killed)
        with pytest.raises(Killed):
            train(NOW + timedelta(days=1))
    assert len(list((home / "suggestions").glob("*.npz"))) == 2
    assert ask("公車").items
    train(NOW + timedelta(days=2))
    assert len(list((home / "suggestions").glob("*.npz"))) == 1


@pytest.mark.slow
def test_a_killed_process_lets_go(cast, box) -> None:
    """The lock is the process's: when it is killed, the next may learn."""
    box.fill("ROADS", "TRAFFIC")
    context = multiprocessing.get_context("fork")
    holds = context.Event()

    def hold() -> None:
        with store.alone():
            holds.set()
            signal.pause()

    process = context.Process(target=hold)
    process.start()
    assert holds.wait(10)
    with store.alone() as mine:
        assert not mine
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert train().is_usable


def test_texts_are_not_logged(cast, box, caplog, capfd) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    ask("祕密的公車字句")
    path = store.folder() / Training.objects.get().file
    path.write_bytes(b"broken")
    queries._loaded.models.clear()
    ask("祕密的公車字句")
    written = caplog.text + "".join(capfd.readouterr())
    assert "祕密" not in written
    assert "坑洞" not in written


def test_two_ask_at_once_while_a_model_is_read(cast, box, monkeypatch) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    training = Training.objects.get()
    queries._loaded.models.clear()
    monkeypatch.setattr(queries, "in_force", lambda kind: training)
    monkeypatch.setattr(queries, "_names", lambda: {"ROADS": "路", "TRAFFIC": "交"})
    reads, read = [], store.read
    monkeypatch.setattr(store, "read", lambda *a: (reads.append(1), time.sleep(0.05), read(*a))[2])
    found: list[str] = []
    asking = [
        threading.Thread(target=lambda: found.append(ask("公車").items[0].label)) for _ in range(4)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert (found, len(reads)) == (["TRAFFIC"] * 4, 1)


def test_one_question_costs_two_queries(cast, box, django_assert_max_num_queries) -> None:
    box.fill("ROADS", "TRAFFIC")
    train()
    with django_assert_max_num_queries(2):
        ask("公車")


@pytest.mark.shared
@pytest.mark.slow
def test_the_real_entries() -> None:
    """1,348 questions with their answers, 33 agencies; five-fold."""
    path = Path(os.environ.get("YANKAO_SHARED", "")) / trial.FILE
    if not path.is_file():
        pytest.skip("the real records are not here: set YANKAO_SHARED to the folder with data/")
    entries = trial.read_entries(path)
    assert (len(entries), len({entry.label for entry in entries})) == (1_348, 33)
    alone, whole = trial.evaluate(entries)
    assert alone.entries == whole.entries == 1_348
    assert alone.first >= 0.83
    assert alone.top >= 0.92
    assert alone.confidence_error <= 0.08
    assert whole.first >= 0.89
    assert whole.top >= 0.96
    assert whole.confidence_error <= 0.06


@pytest.mark.shared
def test_an_answer_on_the_real_entries_takes_less_than_20_milliseconds() -> None:
    path = Path(os.environ.get("YANKAO_SHARED", "")) / trial.FILE
    if not path.is_file():
        pytest.skip("the real records are not here: set YANKAO_SHARED to the folder with data/")
    entries = trial.read_entries(path)
    model = learning.learn(entries).model
    assert len(model.to_bytes()) < 10_000_000
    seconds = []
    for entry in entries[::20]:
        began = time.process_time()
        model.shares(entry.title + entry.text * 5)
        seconds.append(time.process_time() - began)
    assert sorted(seconds)[len(seconds) // 2] < 0.02
