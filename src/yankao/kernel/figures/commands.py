"""``yankao figures``: numbers out of the lakes of one city or of many."""

import csv
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from django.conf import settings
from django.utils.translation import gettext as _

from yankao.base.errors import Refused
from yankao.kernel.figures import across, exports, queries
from yankao.kernel.figures.across import Engine, Lakes, Number
from yankao.kernel.figures.rules import MONTHS, Grain, Period, PeriodInvalid, parse_period
from yankao.kernel.lake import cities

DESCRIPTION = """\
由資料湖計算統計，不必連到各市的資料庫。寫成 CSV，或 --output 檔名為 .parquet 時寫成 Parquet；
來源（每個城市、月份、封存檔的 SHA-256）寫在旁邊的 <檔名>.sources.csv。

  yankao figures 2026                                      本市這一年的全部統計
  yankao figures 2026 --each month --figure service.dispatch.received
  yankao figures 2026 --lake kaohsiung=/lakes/kaohsiung \\
      --lake "tainan=s3://tainan/lake?region=tw-1" --engine spark --output nation.parquet

城市為 * 的列是各城市合計（中位數、相異數也重新計算，不是平均）。缺月份或欄位的城市，數字空白，
並寫明缺什麼；合計也空白。不公開小格的區分不列。"""
HEADER: dict[str, pa.DataType] = {
    "city": pa.string(), "figure": pa.string(), "title": pa.string(), "version": pa.int64(),
    "period": pa.string(), "from": pa.date32(), "until": pa.date32(),
    "dimension": pa.string(), "code": pa.string(),
    "value": pa.decimal128(38, 9), "unit": pa.string(),
    "numerator": pa.decimal128(38, 9), "denominator": pa.int64(), "records": pa.int64(),
    "lack": pa.string(), "checksum": pa.string(), "manifests": pa.string(),
    "engine": pa.string(),
}  # fmt: skip
SOURCES = ("city", "month", "fact", "rows", "sha256", "manifest")


def configure(parser: ArgumentParser) -> None:
    """The arguments of ``yankao figures``."""
    parser.description, parser.formatter_class = DESCRIPTION, RawDescriptionHelpFormatter
    parser.add_argument("period", nargs="+", help="2026、2026-Q1、2026-10，或 115年；可以多個")
    grains = [grain.value for grain in MONTHS]
    parser.add_argument("--each", choices=grains, help="把期間拆成每月、每季、每半年或每年")
    parser.add_argument(
        "--lake", action="append", default=[], metavar="城市=位置",
        help="資料夾或 s3://…；可以多個。不寫就是這裡自己的資料湖",
    )  # fmt: skip
    parser.add_argument(
        "--figure", action="append", default=[], metavar="名稱", help="可以多個。不寫就是全部"
    )
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    parser.add_argument(
        "--master",
        default="local[*]",
        help="Spark 叢集，例如 spark://host:7077（預設：本機）",
    )
    parser.add_argument(
        "--output", type=Path, help="寫到這個檔案（.csv 或 .parquet），否則印出 CSV"
    )


def run(chosen: Namespace) -> int:
    """Count and write; returns the exit status: 2 when a number lacks something."""
    try:
        return _run(chosen)
    except Refused as refusal:
        print(refusal.message, file=sys.stderr)
        return 1


def _run(chosen: Namespace) -> int:
    named = [queries.figure_named(name) for name in chosen.figure] or queries.figures()
    periods = _periods(chosen.period, chosen.each)
    lakes = Lakes([one for lake in _lakes(chosen.lake) for one in cities.kept_in(lake)])
    engine = _engine(chosen, lakes)
    found = list(across.numbers(lakes, engine, named, periods))
    if chosen.output is None:
        sys.stdout.write(exports.csv_text(list(HEADER), _rows(found, engine)))
    else:
        _write(chosen.output, found, engine)
        _write_sources(chosen.output, lakes)
        print(_("%(count)s 個數字寫到 %(path)s。") % {"count": len(found), "path": chosen.output})
    lacking = {(one.city, one.period.code, one.lack) for one in found if one.lack}
    for city, period, lack in sorted(lacking):
        print(f"{city} {period}：{lack}", file=sys.stderr)
    return 2 if lacking else 0


def _engine(chosen: Namespace, lakes: Lakes) -> Engine:
    if chosen.engine == "spark":
        return across.spark_engine(chosen.master)
    return across.duckdb_engine(lakes.folders)


def _lakes(named: Sequence[str]) -> list[cities.CityLake]:
    if not named:
        own = settings.YANKAO_LAKE or str(settings.YANKAO_HOME / "lake")
        return [cities.lake_at(settings.YANKAO_CITY.name, own)]
    found = [cities.lake_at(*one.partition("=")[::2]) for one in named]
    twice = [city for city, often in Counter(one.city for one in found).items() if often > 1]
    if twice:
        message = _("「%(city)s」寫了兩次。一個城市一個資料湖。") % {"city": twice[0]}
        raise cities.CityInvalid("lake.city_twice", message, "lake")
    return found


def _periods(texts: Sequence[str], each: str | None) -> list[Period]:
    periods = [parse_period(text) for text in texts]
    if any(period.grain not in MONTHS for period in periods):
        message = _("資料湖以月為單位，請寫月、季、半年或年，例如 2026-10。")
        raise PeriodInvalid("figures.period_invalid", message, "period")
    if each:
        periods = [part for period in periods for part in _parts(period, Grain(each))]
    return list(dict.fromkeys(periods))


def _parts(period: Period, grain: Grain) -> Iterator[Period]:
    if MONTHS[grain] > MONTHS[period.grain]:
        message = _("%(period)s 比要拆成的期間短。") % {"period": period.code}
        raise PeriodInvalid("figures.period_invalid", message, "each")
    part = Period(grain, period.start)
    while part.start < period.until:
        yield part
        part = part.next


def _rows(found: Sequence[Number], engine: Engine) -> Iterator[dict[str, Any]]:
    for one in found:
        yield {
            "city": one.city, "figure": one.figure.name, "title": str(one.figure.title),
            "version": one.figure.version, "period": one.period.code,
            "from": one.period.start, "until": one.period.until,
            "dimension": one.dimension, "code": one.code, "value": one.value.value,
            "unit": str(one.figure.unit), "numerator": _plain(one.value.numerator),
            "denominator": one.value.denominator,
            "records": None if one.lack else one.value.records, "lack": one.lack,
            "checksum": one.checksum, "manifests": one.manifests, "engine": engine.name,
        }  # fmt: skip


def _plain(number: Decimal | int | None) -> Decimal | None:
    return None if number is None else Decimal(f"{Decimal(number).normalize():f}")


def _write(path: Path, found: Sequence[Number], engine: Engine) -> None:
    rows = list(_rows(found, engine))
    if path.suffix == ".parquet":
        pa.parquet.write_table(pa.Table.from_pylist(rows, pa.schema(HEADER)), path, "2.6")
    else:
        path.write_text(exports.csv_text(list(HEADER), rows), encoding="utf-8", newline="")


def _write_sources(path: Path, lakes: Lakes) -> None:
    with path.with_name(f"{path.name}.sources.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SOURCES)
        for one in lakes.read:
            month = f"{one.month:%Y-%m}"
            writer.writerow([one.city, month, one.fact, one.rows, one.sha256, one.manifest])
