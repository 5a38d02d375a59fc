"""Many rows at once by COPY: twice as fast as INSERT, and the constraints hold all the same."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def copy_in(rows: Sequence[models.Model], *, skip_id: bool = False) -> None:
    """Store rows of one model; with ``skip_id`` the database gives them their keys.

    While a COPY runs the connection answers no query, so the rows must be complete.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [f for f in meta.concrete_fields if not (f.generated or (skip_id and f.primary_key))]
    names = ", ".join(str(field.column) for field in fields)
    with (
        connection.wrap_database_errors,  # Django's own errors, as of any other statement
        connection.cursor() as cursor,
        cursor.copy(f"COPY {meta.db_table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([_plain(field, row) for field in fields])


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Primary keys for rows to be stored, so that others can name them before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def _plain(field: "models.Field[Any, Any]", row: models.Model) -> Any:
    """As the driver takes it: enumerated words as text, JSON as text."""
    value = getattr(row, field.attname)
    if isinstance(value, str):
        return str(value)
    if isinstance(field, models.JSONField) and value is not None:
        return field.get_db_prep_save(value, connection)
    return value
