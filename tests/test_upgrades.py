"""From every former release to this one, and the way back.

``tests/releases/<version>`` is a backup of a small house made with that release: three cases with
photographs, the pack's boundaries cut down. Its key opens that house alone, which was made for
this and ran nowhere else. A release adds its own: ``yankao backup``.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.houses import House, drop_database, make_database
from tests.test_backups import OTHER, backups, key_of
from yankao.site.backups import archive

pytestmark = [pytest.mark.slow, pytest.mark.once]  # no PostgreSQL reads a newer one's backup

RELEASES = Path(__file__).parent / "releases"
KNOWN = {"0.1.0": ("D115112100002", "2YZGMB")}
"""A number and the check code on its receipt."""

OPENS = """
from yankao.departments.service.dispatch.services import common
print(common.code_of("{number}"))
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    yield House(tmp_path / "home", make_database(OTHER))
    drop_database(OTHER)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """The release's backup, away from the repository."""
    return Path(shutil.copytree(RELEASES / "0.1.0", tmp_path / "release"))


def test_every_release_is_known() -> None:
    assert {path.name for path in RELEASES.iterdir()} == set(KNOWN)


@pytest.mark.parametrize("version", KNOWN)
def test_a_former_releases_house_goes_on_in_this_one(version: str, house: House) -> None:
    said = house.run("restore", RELEASES / version)
    assert "還原完成" in said
    assert "請勿啟用" not in said
    number, code = KNOWN[version]
    assert code in house.run("django", "shell", "-v", "0", "-c", OPENS.format(number=number))
    house.run("load")
    house.report(1)
    house.run("trail", "seal")
    assert "完整" in house.run("trail", "verify")
    assert house.rows("SELECT count(*) FROM service_dispatch_case") == [(4,)]


def test_an_upgrade_backs_up_and_can_be_taken_back(
    house: House, release: Path, tmp_path: Path
) -> None:
    """The former tables with their rows; migrated; restored as they were before."""
    load_former(house, release)
    before = applied(house)
    place = tmp_path / "bk"

    said = house.run("migrate", YANKAO_BACKUPS=str(place))

    assert "先備份" in said
    assert applied(house) > before
    (made,) = backups(place)
    manifest = archive.opened(made).manifest
    assert [tuple(name) for name in manifest.migrations] == sorted(before)
    assert manifest.counts["service_dispatch_case"] == 3
    house.url = make_database(OTHER)
    shutil.rmtree(house.home / "files")
    assert "還原完成" in house.run("restore", place)


def test_tables_stay_as_they_are_when_the_backup_fails(
    house: House, release: Path, tmp_path: Path
) -> None:
    load_former(house, release)
    before = applied(house)
    place = tmp_path / "bk"
    place.write_text("a file where the folder should be")
    said = house.run("migrate", status=1, YANKAO_BACKUPS=str(place))
    assert "沒有完成" in said
    assert "Traceback" not in said
    assert applied(house) == before


def load_former(house: House, release: Path) -> None:
    """The release's database and files without bringing the tables up to date."""
    house.run("django", "shell", "-v", "0", "-c", LOAD.format(dump=release / archive.DUMP))
    for path in (release / "files").glob("??/??/*"):
        target = house.home / "files" / "content" / path.relative_to(release / "files")
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
    shutil.copy(release / archive.SECRET_KEY, key_of(house))


LOAD = """
from pathlib import Path
from yankao.site.backups import database
database.load(Path("{dump}"))
"""


def applied(house: House) -> set[tuple[object, ...]]:
    return set(house.rows("SELECT app, name FROM django_migrations"))
