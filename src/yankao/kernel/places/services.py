"""Loading districts from the city pack and boundaries from the built assets."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid, Refused
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.kernel.places import rules
from yankao.kernel.places.boundaries import inner_point
from yankao.kernel.places.models import (
    District,
    DistrictBoundary,
    Edition,
    Village,
    VillageBoundary,
)
from yankao.kernel.trail import services as trail

EDITION = Subject("kernel.places.edition", 1)
LOADED = "kernel.places.edition_loaded"


class BoundariesMissing(Refused):
    """The boundary files were not built yet."""


class PlacesRefused(Invalid):
    """The pack's districts and the drawn boundaries contradict each other."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    districts: Mapping[str, rules.DistrictFeature]
    villages: Sequence[rules.VillageFeature]


def load_districts(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store the districts (code,name,name_en) with the boundaries of districts and villages.

    Boundaries are ``places/<city>-districts.geojson`` and ``-villages.geojson`` among the built
    assets. Rows are updated by code; a village no longer drawn keeps its row and ends on the day
    of ``at``. Loading the same again writes nothing. Returns the number of rows.
    Raises BoundariesMissing, or PlacesRefused naming what does not fit.
    """
    if not rows:
        return 0
    contents = [_asset(name).read_bytes() for name in ("districts", "villages")]
    checksum = _checksum(rows, contents)
    with transaction.atomic():
        edition = Edition.objects.select_for_update().first()
        if edition is None or edition.checksum != checksum:
            drawn = _read(contents)
            _check(rows, drawn)
            _store_districts(rows, drawn)
            _store_villages(drawn, at)
            _note_edition(edition, checksum, drawn, actor=actor, at=at)
    return len(rows)


def _asset(name: str) -> Path:
    path = Path(settings.YANKAO_ASSETS) / "places" / f"{settings.CITY['code']}-{name}.geojson"
    if not path.is_file():
        raise BoundariesMissing(
            "places.boundaries_missing", f"找不到界線檔 {path.name}。請先執行 make assets 再載入。"
        )
    return path


def _checksum(rows: list[Row], contents: Sequence[bytes]) -> str:
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode())
    for content in contents:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def _read(contents: Sequence[bytes]) -> _Drawn:
    try:
        districts = rules.district_features(json.loads(contents[0]))
        villages = rules.village_features(json.loads(contents[1]))
    except (KeyError, TypeError, ValueError) as error:
        raise _refused(f"界線檔讀不懂（{error}）") from error
    return _Drawn({district.code: district for district in districts}, villages)


def _check(rows: list[Row], drawn: _Drawn) -> None:
    """Every district is drawn once and every drawing is of a known district; codes are unique."""
    if short := [str(line) for line, row in enumerate(rows, start=2) if not _is_whole(row)]:
        raise _refused(f"districts.csv 第 {'、'.join(short)} 行缺少代碼、名稱或英文名稱")
    codes = {row["code"] for row in rows}
    twice = rules.duplicates([row["code"] for row in rows])
    twice += rules.duplicates(village.code for village in drawn.villages)
    if twice:
        raise _refused(f"代碼重複：{'、'.join(twice)}")
    if unmatched := sorted(codes ^ set(drawn.districts)):
        raise _refused(f"districts.csv 與界線檔對不上：{'、'.join(unmatched)}")
    if stray := sorted({v.code for v in drawn.villages if v.district not in codes}):
        raise _refused(f"里的行政區不在 districts.csv：{'、'.join(stray)}")


def _is_whole(row: Row) -> bool:
    return all((row.get(column) or "").strip() for column in ("code", "name", "name_en"))


def _store_districts(rows: list[Row], drawn: _Drawn) -> None:
    District.objects.bulk_create(
        [_district(row, drawn.districts[row["code"]].geometry) for row in rows],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "name_en", "lat", "lng"],
    )
    _store_boundaries(
        [DistrictBoundary(pk=d.code, geometry=d.geometry) for d in drawn.districts.values()]
    )


def _store_boundaries(rows: Sequence[DistrictBoundary] | Sequence[VillageBoundary]) -> None:
    if rows:
        model = type(rows[0])
        model._default_manager.bulk_create(
            rows,  # type: ignore[arg-type]
            update_conflicts=True,
            unique_fields=[model._meta.pk.name],
            update_fields=["geometry"],
        )


def _district(row: Row, geometry: Mapping[str, Any]) -> District:
    lat, lng = inner_point(geometry)
    return District(
        code=row["code"],
        name=row["name"],
        name_en=row["name_en"],
        lat=lat,
        lng=lng,
    )


def _store_villages(drawn: _Drawn, at: datetime) -> None:
    codes = [village.code for village in drawn.villages]
    today = at.astimezone(TAIPEI).date()
    # First, so that a new village may take over the name of one that ends.
    Village.objects.filter(in_force_to__isnull=True).exclude(code__in=codes).update(
        in_force_to=today
    )
    Village.objects.bulk_create(
        [Village(code=v.code, district_id=v.district, name=v.name) for v in drawn.villages],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["district", "name", "in_force_to"],
    )
    _store_boundaries([VillageBoundary(pk=v.code, geometry=v.geometry) for v in drawn.villages])


def _note_edition(
    old: Edition | None, checksum: str, drawn: _Drawn, *, actor: Actor, at: datetime
) -> None:
    counts = {"districts": len(drawn.districts), "villages": len(drawn.villages)}
    Edition.objects.update_or_create(
        id=1, defaults={"checksum": checksum, "loaded_at": at, **counts}
    )
    trail.record(
        actor=actor,
        action=LOADED,
        subject=EDITION,
        at=at,
        old={"checksum": old.checksum, "villages": old.villages} if old else None,
        new={"checksum": checksum, **counts},
    )


def _refused(reason: str) -> PlacesRefused:
    return PlacesRefused("places.table_refused", f"{reason}。請更正後重新載入。")
