"""Case numbers: the next ones of a day, without gaps."""

from datetime import date

from django.db import connection

from yankao.kernel.casework import rules
from yankao.kernel.casework.records import DayNumber


def next_numbers(table: type[DayNumber], day: date, count: int, *, prefix: str) -> list[str]:
    """The next numbers of the day (Taipei): the day's row stays locked to commit."""
    name = table._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {name} (day, last) VALUES (%s, %s) "  # noqa: S608 – our own table's name
            f"ON CONFLICT (day) DO UPDATE SET last = {name}.last + excluded.last RETURNING last",
            [day, count],
        )
        (last,) = cursor.fetchone()
    return [
        rules.case_number(prefix=prefix, day=day, serial=serial)
        for serial in range(last - count + 1, last + 1)
    ]


def wait_for_key(key: str) -> None:
    """A second call with the same intake key waits here until the first has committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
