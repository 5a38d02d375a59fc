"""Lakes of several cities, counted together by their manifests alone."""

import csv
import json
import sys
from argparse import ArgumentParser
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from yankao.kernel.closing import services
from yankao.kernel.closing.models import Closing
from yankao.kernel.closing.tests.test_closing import AT, CHIEF, CLERK, SEPTEMBER, change, close
from yankao.kernel.figures import across, commands, expressions, queries
from yankao.kernel.figures.declarations import Derived, Distinct, Figure
from yankao.kernel.figures.expressions import Shape, Source
from yankao.kernel.figures.models import StoredValue
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.figures.tests.toy import COUNTED, MEDIAN_HOURS, RECEIVED, Repair, store, taipei
from yankao.kernel.lake import cities, spark
from yankao.kernel.lake import services as lake
from yankao.kernel.lake.cities import CityInvalid, CityUnreadable
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import manifest_digest

pytestmark = pytest.mark.django_db
FIRST = taipei(2019, 9, 1)
ROWS = {
    city: [
        Repair(FIRST + timedelta(days=n * step), agency="AB"[n % 2], seconds=n * n * 1800)
        for n in range(number)
    ]
    for city, number, step in (("north", 5, 3), ("south", 8, 2))
}


@pytest.fixture
def two(toy_alone: None, tmp_path: Path, settings: Any) -> dict[str, Path]:
    """September of two cities, each closed into a lake of its own; a third house looks at them."""
    for city, rows in ROWS.items():
        settings.YANKAO_HOME = tmp_path / city
        store(rows)
        close(SEPTEMBER)
        for model in (Closing, StoredValue, Partition):
            model.objects.all().delete()
    settings.YANKAO_HOME = tmp_path / "nation"
    return {city: tmp_path / city / "lake" for city in ROWS}


def asked(*arguments: object) -> int:
    parser = ArgumentParser()
    commands.configure(parser)
    return commands.run(parser.parse_args([*map(str, arguments)]))


def named(two: dict[str, Path]) -> list[str]:
    return [f"--lake={city}={folder}" for city, folder in two.items()]


def rows_in(path: Path) -> dict[tuple[str, str, str, str], dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(r["city"], r["figure"], r["dimension"], r["code"]): r for r in rows}


def test_each_city_and_all_together(two: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert asked("2019-09", *named(two), f"--output={out}") == 0
    found = rows_in(out)
    every = {**ROWS, "*": [row for rows in ROWS.values() for row in rows]}
    for city, rows in every.items():
        for figure in COUNTED:
            said = found[city, figure.name, "", ""]["value"]
            assert (Decimal(said) if said else None) == COUNTED[figure](rows, SEPTEMBER), said
    own = [row for row in ROWS["south"] if row.agency == "B"]
    cell = found["south", MEDIAN_HOURS.name, "agency", "B"]
    assert cell["value"] == str(COUNTED[MEDIAN_HOURS](own, SEPTEMBER))
    [partition] = two["south"].glob("facts/*/*/*.parquet")
    [manifest] = two["south"].glob("months/*/*.json")
    assert (cell["checksum"], cell["manifests"]) == (partition.stem, manifest.stem)
    with (tmp_path / "out.csv.sources.csv").open(newline="") as file:
        assert {r["sha256"] for r in csv.DictReader(file)} >= {partition.stem}


def test_a_city_that_lacks_a_month_is_named_and_not_guessed(
    two: dict[str, Path], tmp_path: Path, settings: Any, capsys: Any
) -> None:
    settings.YANKAO_HOME = tmp_path / "north"
    store(ROWS["north"])
    close(parse_period("2019-10"))
    out = tmp_path / "out.csv"
    assert asked("2019-10", *named(two), "--figure", RECEIVED.name, f"--output={out}") == 2
    found = {row["city"]: (row["value"], row["lack"]) for row in rows_in(out).values()}
    assert found == {
        "*": ("", "缺 south"), "north": ("0", ""), "south": ("", "2019-10 沒有結帳"),
    }  # fmt: skip
    assert "south 2019-10：2019-10 沒有結帳" in capsys.readouterr().err


@pytest.mark.parametrize("hurt", [
    "partition", "manifest", "two manifests", "no json", "a list", "no facts", "elsewhere",
    "above", "nothing",
])  # fmt: skip
def test_a_lake_that_is_not_what_it_says_is_refused(two: dict[str, Path], hurt: str) -> None:
    [partition] = two["south"].glob("facts/*/*/*.parquet")
    [manifest] = two["south"].glob("months/*/*.json")
    for path in (partition, manifest):
        path.chmod(0o640)
    match hurt:
        case "partition":
            whole = bytearray(partition.read_bytes())
            whole[len(whole) // 2] ^= 1
            partition.write_bytes(whole)
        case "manifest":
            told = json.loads(manifest.read_text())
            told["facts"][0]["rows"] = 7
            manifest.write_text(json.dumps(told))
        case "two manifests":
            (manifest.parent / f"{'0' * 64}.json").write_text(manifest.read_text())
        case "no json":
            manifest.write_text("{")
        case "a list":
            manifest.write_text("[]")
        case "no facts":
            manifest.write_text(json.dumps({"month": "2019-09", "facts": 7}))
        case "elsewhere" | "above":
            [line] = json.loads(manifest.read_text())["facts"]
            name = {"elsewhere": "toy.other", "above": "../../north/facts"}[hurt]
            key = line["key"].replace("toy.repairs.cases", name)
            fact = line["fact"] if hurt == "elsewhere" else name
            put_manifest(manifest, [{**line, "fact": fact, "key": key}])
        case "nothing":
            manifest.unlink()
    with pytest.raises(CityUnreadable, match="south"):
        list(
            across.numbers(
                lakes := across.Lakes(cities.kept_in(cities.lake_at("south", str(two["south"])))),
                across.duckdb_engine(lakes.folders), [RECEIVED], [SEPTEMBER],
            )
        )  # fmt: skip


def put_manifest(instead_of: Path, facts: list[dict[str, Any]]) -> None:
    """What a city may write as it likes: the digest is its own, too."""
    instead_of.unlink()
    told = json.dumps({"month": "2019-09", "facts": facts})
    (instead_of.parent / f"{manifest_digest(facts)}.json").write_text(told)


def test_columns_that_only_a_city_has_are_never_asked(two: dict[str, Path]) -> None:
    [manifest] = two["south"].glob("months/*/*.json")
    manifest.parent.chmod(0o750)
    [line] = json.loads(manifest.read_text())["facts"]
    strange = {'x", 1 AS "district': "text", "weight": "stone", "cost": "boolean"}
    put_manifest(manifest, [{**line, "columns": {**line["columns"], **strange}}])
    assert received(two["south"]) == COUNTED[RECEIVED](ROWS["south"], SEPTEMBER)


def test_different_values_are_a_citys_own(two: dict[str, Path], tmp_path: Path) -> None:
    """District 17 here is not district 17 there."""
    lakes = across.Lakes(
        [one for city in two for one in cities.kept_in(cities.lake_at(city, str(two[city])))]
    )
    figure = replace(
        RECEIVED,
        name="toy.repairs.agencies",
        measure=Distinct(of=lambda t: t.agency),
        dimensions=(),
    )
    engine = across.duckdb_engine(lakes.folders)
    found = {n.city: n.value.value for n in across.numbers(lakes, engine, [figure], [SEPTEMBER])}
    assert {city: len({r.agency for r in rows}) for city, rows in ROWS.items()} == {
        city: number for city, number in found.items() if city != "*"
    }
    assert found["*"] == found["north"] + found["south"]


def test_what_was_restated_is_counted_as_restated(toy_alone: None, lake_home: Path) -> None:
    store([Repair(taipei(2019, 9, day), agency="AB"[day % 2]) for day in range(1, 13)])
    close(SEPTEMBER)
    change()
    proposed = services.propose_restatement(month=SEPTEMBER, reason="補登", actor=CLERK, at=AT)
    assert received(lake_home) == 12
    services.approve_restatement(restatement_id=proposed.pk, actor=CHIEF, at=AT)
    assert received(lake_home) == 13 == queries.value_of(RECEIVED, SEPTEMBER, as_of=AT).value
    close(parse_period("2019-10"))  # sweeps
    assert received(lake_home) == 13
    assert lake.sweep(manifests=services.queries.manifest_keys()) == 0


def received(folder: Path) -> Decimal | None:
    lakes = across.Lakes(cities.kept_in(cities.lake_at("city", str(folder))))
    engine = across.duckdb_engine(lakes.folders)
    return next(across.numbers(lakes, engine, [RECEIVED], [SEPTEMBER])).value.value


@pytest.mark.parametrize(
    "wrong", [["2019-09-01"], ["?"], ["2019-09", "--each", "year"], ["2019", "--figure", "no.such"],
              ["2019", "--lake", "nowhere"], ["2019", "--lake", "../x=/tmp"],
              ["2019", "--lake", "city=/no/such/folder"],
              ["2019", "--lake", "city=/a", "--lake", "city=/b"]],
    ids=lambda wrong: " ".join(wrong),
)  # fmt: skip
def test_a_wrong_question_is_refused_in_words(
    wrong: list[str], lake_home: Path, capsys: Any
) -> None:
    assert asked(*wrong) == 1
    assert capsys.readouterr().err.strip()


@pytest.mark.parametrize("city", ["", ".", "..", "a/b", "-x", "x" * 41, "a b"])
def test_a_citys_name_is_no_path(city: str) -> None:
    with pytest.raises(CityInvalid):
        cities.lake_at(city, "/lakes")


def test_without_the_extra_spark_is_refused(
    monkeypatch: pytest.MonkeyPatch, two: dict[str, Path], capsys: Any
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(spark.SparkMissing):
        spark.session()
    assert asked("2019-09", *named(two), "--engine", "spark") == 1
    assert "requirements-spark.lock" in capsys.readouterr().err


@pytest.mark.parametrize(
    "figure", [f for f in queries.figures() if not isinstance(f.measure, Derived)],
    ids=lambda figure: figure.name,
)  # fmt: skip
def test_every_figure_compiles_for_spark(figure: Figure) -> None:
    """Without Spark being there; what it counts is looked at by ``make spark``."""
    for by in ((), *((dimension,) for dimension in figure.dimensions)):
        sql = expressions.spark_sql(expressions.measured(figure, Shape(by, source=Source.MONTHS)))
        assert f"`{figure.fact.relation}`" in sql
        assert "⟦" not in sql
