"""The printed numbers of the shipped city: arithmetic that should hold, and what they are ours of.

The relations are ours; where a report contradicts itself, that is written beside it.
"""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.packs import PACKS, ROOT, Pack
from yankao.base import registry
from yankao.base.registry import ImportFormat
from yankao.kernel.figures import queries as figures
from yankao.kernel.published import rules
from yankao.kernel.published.rules import Given
from yankao.site import commandline

KAOHSIUNG = Pack(ROOT / "citypacks" / "kaohsiung")


def given(pack: Pack) -> list[Given]:
    titles = {row["code"]: row["title"] for row in pack.table("published_series.csv")}
    return [
        rules.given_of({**row, "title_zh": titles[row["code"]]}, report=row["report"], line=line)
        for line, row in enumerate(pack.table("published.csv"), start=2)
    ]


GIVEN = given(KAOHSIUNG)


def of(report: str, code: str) -> Decimal:
    """The number a report printed; of several periods the one that is asked for by ``code@to``."""
    code, _at, until = code.partition("@")
    found = [
        one
        for one in GIVEN
        if (one.report, one.code) == (report, code) and until in one.period_end.isoformat()
    ]
    [number] = found
    return number.value


def rounded(value: Decimal, places: int = 0) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("report", "total", "months", "average"),
    [
        ("107", "service.calls.total", 6, "service.calls.monthly_average"),
        ("108", "service.calls.total", 12, "service.calls.monthly_average"),
        ("110", "service.calls.total", 12, "service.calls.monthly_average"),
        ("114", "service.calls.total", 6, "service.calls.monthly_average"),
        ("108", "service.dispatch.reported", 12, "service.dispatch.monthly_average"),
        ("110", "service.dispatch.reported", 12, "service.dispatch.monthly_average"),
    ],
)
def test_a_monthly_average_is_the_total_by_months(
    report: str, total: str, months: int, average: str
) -> None:
    assert rounded(of(report, total) / months) == of(report, average)


@pytest.mark.parametrize("report", ["108", "110"])
def test_shares_of_calls_and_projects_make_a_whole(report: str) -> None:
    kinds = ("consult", "forwarded", "other")
    assert sum(of(report, f"service.calls.{kind}_share_pct") for kind in kinds) == 100
    tracked = of(report, "control.projects.tracked")
    on, behind = (of(report, f"control.projects.{one}") for one in ("on_schedule", "behind"))
    assert on + behind == tracked
    for part, name in ((on, "on_schedule"), (behind, "behind")):
        assert rounded(part / tracked * 100, 1) == of(report, f"control.projects.{name}_share_pct")


@pytest.mark.parametrize(
    ("report", "grades"), [("108", ("jia", "yi")), ("110", ("you", "jia", "yi"))]
)
def test_shares_of_grades_are_of_all_graded(report: str, grades: tuple[str, ...]) -> None:
    graded = sum(of(report, f"control.projects.grade_{grade}") for grade in grades)
    for grade in grades:
        share = of(report, f"control.projects.grade_{grade}_share_pct")
        exact = of(report, f"control.projects.grade_{grade}") / graded * 100
        assert rounded(exact, -int(share.as_tuple().exponent)) == share


def test_sums_that_were_printed_with_their_parts() -> None:
    parts = ("service.petitions.mayor_mailbox", "service.petitions.citizen_petitions")
    assert sum(of("108", part) for part in parts) == of("108", "service.petitions.received")
    for report in ("108", "110"):
        per_round, rounds = (
            of(report, f"service.courtesy.{one}") for one in ("calls_per_round", "rounds")
        )
        assert per_round * rounds == of(report, "service.courtesy.samples")
    parts = ("inspection.cases.inspected", "inspection.cases.reinspected")
    assert sum(of("107", part) for part in parts) == of("107", "inspection.cases.total")


def test_a_contradiction_that_was_printed_is_quoted_as_it_is() -> None:
    assert of("108", "service.app.mayor_mailbox_cases") > of(
        "108", "service.petitions.mayor_mailbox"
    )
    [row] = [one for one in GIVEN if one.code == "service.app.mayor_mailbox_cases"]
    assert "1,779" in row.note


def test_the_numbers_everybody_knows() -> None:
    assert of("108", "service.petitions.received") == 212_642
    assert of("108", "service.dispatch.reported") == 97_040
    assert of("108", "service.calls.total") == 860_940
    printed = {one.code: f"{one.value}" for one in GIVEN if one.report == "108"}
    assert printed["service.calls.forwarded_share_pct"] == "33.10"
    assert printed["service.chatbot.answer_rate_pct"] == "80.0"


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_every_row_can_be_read_has_its_source_and_stands_once(pack: object) -> None:
    rows = given(Pack(pack))  # type: ignore[arg-type]
    kept, refused = rules.twice(rows)
    assert (len(kept), refused) == (len(rows), [])
    reports = set(Pack(pack).codes("published_reports.csv"))  # type: ignore[arg-type]
    assert {row.report for row in rows} <= reports


def test_no_sentence_of_a_report_is_copied() -> None:
    assert all("quote" not in row for row in KAOHSIUNG.table("published.csv"))
    assert max(len(one.section) for one in GIVEN) <= 40


def test_every_figure_named_is_one_of_ours_with_such_dimensions() -> None:
    named = [row for row in KAOHSIUNG.table("published_series.csv") if row["figure"]]
    assert len(named) > 12
    for row in named:
        figure = figures.figure_named(row["figure"])
        dimensions = {pair.partition("=")[0] for pair in row["filters"].split("&") if pair}
        assert dimensions <= set(figure.dimensions), row["code"]


def test_every_text_has_its_english() -> None:
    for name in ("published_reports.csv", "published_series.csv", "published.csv"):
        for row in KAOHSIUNG.table(name):
            for column in [one for one in row if one.endswith("_en")]:
                assert bool(row[column]) == bool(row[column.removesuffix("_en")]), row


def test_tainan_simply_has_none() -> None:
    assert Pack(ROOT / "citypacks" / "tainan").table("published.csv") == []


@pytest.mark.parametrize(
    ("words", "ran"),
    [
        (["published", "1.csv", "2.csv"], [("many", ["1.csv", "2.csv"], "")]),
        (["published", "1.csv", "--source", "108"], [("many", ["1.csv"], "108")]),
        (["toys", "1.csv", "2.csv", "--format", "b"], [("one", "1.csv"), ("one", "2.csv")]),
        (["toys", "1.csv"], []),
        (["published", "1.csv", "--format", "b"], []),
    ],
)
def test_the_command_line_hands_files_to_the_format(
    monkeypatch: pytest.MonkeyPatch, words: list[str], ran: list[object]
) -> None:
    found: list[object] = []

    def many(files: list[Path], source: str) -> int:
        found.append(("many", [file.name for file in files], source))
        return 0

    def one(file: Path) -> int:
        found.append(("one", file.name))
        return 0

    offers = (
        ImportFormat("published", "csv", many, takes_many=True),
        ImportFormat("toys", "a", one),
        ImportFormat("toys", "b", one),
    )
    chosen = commandline._parser().parse_args(["import", *words])
    monkeypatch.setattr(registry, "offers", lambda _kind: offers)
    if ran:
        assert chosen.run(chosen) == 0
    else:
        with pytest.raises(commandline.UnknownFormat):
            chosen.run(chosen)
    assert found == ran
