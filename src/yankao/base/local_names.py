"""The city's own names (itself, items, districts, agencies, terms) in the reader's language.

They are data: Chinese in the database, English beside it in the city pack, in columns ending
``_en``. A name without English stays Chinese.
"""

from functools import cache
from pathlib import Path

from django.conf import settings

from yankao.base import formats, packs


@cache
def _english() -> dict[str, str]:
    """Chinese → English, of every table of the pack in force; read once a process."""
    pack = Path(settings.YANKAO_CITY)
    files = {
        path.name for folder in (settings.YANKAO_COMMON, pack) for path in folder.glob("*.csv")
    }
    city = settings.CITY
    names: dict[str, str] = {city["name"]: city.get("name_en", city["name"])}
    for file in sorted(files):
        for row in packs.read_table(pack, file):
            for column in [c for c in row if c.endswith("_en") and row[c]]:
                chinese = column.removesuffix("_en")
                names.setdefault(row[chinese], row[column])
    return names


def local(name: object) -> object:
    """The name as its reader knows it; anything else passes as it is."""
    if not isinstance(name, str) or not formats.in_english():
        return name
    return _english().get(name, name)
