"""Spark over partitions, for what outgrows one machine. Needs the extra ``spark`` and Java."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from yankao.base.errors import Refused
from yankao.kernel.lake.rules import CITY, MONTH, LakeType, LocalFile, Unreadable

SPARK_TYPES: Mapping[LakeType, str] = {
    LakeType.TEXT: "STRING",
    LakeType.INTEGER: "BIGINT",
    LakeType.DECIMAL: "DECIMAL(38, 9)",
    LakeType.BOOLEAN: "BOOLEAN",
    LakeType.INSTANT: "TIMESTAMP",
    LakeType.DATE: "DATE",
}
EXACT: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # what overflows is an error, not empty
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # nor are places cut off
}
QUIET: Mapping[str, str] = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
ALONE: Mapping[str, str] = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


class SparkMissing(Refused):
    """The extra is not installed, or there is no Java."""


def session(master: str = "local[*]") -> Any:
    """The process's session, begun when first asked for. Raises SparkMissing.

    Everything else Spark can be told stands in ``spark-defaults.conf`` (``SPARK_CONF_DIR``).
    """
    try:
        from pyspark.errors import PySparkException  # noqa: PLC0415 – an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415 – an extra
    except ImportError as error:
        message = _("這裡沒有安裝 Spark。請安裝 requirements-spark.lock，或改用 --engine duckdb。")
        raise SparkMissing("lake.spark_missing", message) from error
    alone = ALONE if master.startswith("local") else {}
    builder = SparkSession.builder.master(master).appName("yankao")
    for name, value in {**QUIET, **alone, **EXACT}.items():
        builder = builder.config(name, value)
    try:
        begun = builder.getOrCreate()
    except PySparkException as error:
        message = _("Spark 起不來：%(why)s。請確認已安裝 Java 17 以上。") % {"why": error}
        raise SparkMissing("lake.spark_missing", message) from error
    begun.sparkContext.setLogLevel("ERROR")
    return begun


class Reader:
    """Answers SQL over files; remembers which files a table was made of."""

    def __init__(self, begun: Any) -> None:
        self._begun = begun
        self._made: dict[str, tuple[LocalFile, ...]] = {}

    def rows(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        *,
        relation: str,
        columns: Mapping[str, LakeType],
        files: Sequence[LocalFile],
    ) -> list[dict[str, Any]]:
        """The answer to ``sql``, in which ``relation`` is the table of these files together.

        A column that a file does not have yet is empty there. Raises Unreadable.
        """
        from py4j.protocol import Py4JJavaError  # noqa: PLC0415 – an extra
        from pyspark.errors import PySparkException  # noqa: PLC0415 – an extra

        used = {name: value for name, value in parameters.items() if f":{name}" in sql}
        try:
            if self._made.get(relation) != tuple(files):
                _table(self._begun, columns, files).createOrReplaceTempView(relation)
                self._made[relation] = tuple(files)
            return [row.asDict() for row in self._begun.sql(sql, args=used).collect()]
        except (Py4JJavaError, PySparkException) as error:
            raise Unreadable(str(error)) from error


def _table(begun: Any, columns: Mapping[str, LakeType], files: Sequence[LocalFile]) -> Any:
    """The cities' files one below the other; the schema is told, so no file is asked for it."""
    from pyspark.sql.functions import lit  # noqa: PLC0415 – an extra

    marks = {mark for file in files for mark in file.marks}
    types = {
        **{name: SPARK_TYPES[kind] for name, kind in columns.items()},
        MONTH: SPARK_TYPES[LakeType.INTEGER],
        **dict.fromkeys(sorted(marks), SPARK_TYPES[LakeType.BOOLEAN]),
    }
    schema = ", ".join(f"`{name}` {kind}" for name, kind in types.items())
    cities: dict[str, list[str]] = {}
    for file in files:
        cities.setdefault(file.city, []).append(f"file:{file.path}")
    parts = [
        begun.read.schema(schema).parquet(*paths).withColumn(CITY, lit(city))
        for city, paths in cities.items()
    ]
    table = parts[0]
    for part in parts[1:]:
        table = table.unionByName(part)
    return table
