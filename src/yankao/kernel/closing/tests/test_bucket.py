"""The lake in a bucket of S3: closed, read through copies, damaged on either side, swept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from yankao.kernel.closing import queries, services
from yankao.kernel.closing.alone import LakeAway, alone
from yankao.kernel.closing.tests.test_closing import AT, CLERK, SEPTEMBER, close, repairs, value
from yankao.kernel.figures import across
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures.closed import LakeUnreadable
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.figures.tests.toy import COUNTED, RECEIVED, store
from yankao.kernel.lake import cities, stores
from yankao.kernel.lake import services as lake
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import Unreadable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy_alone", "bucket")]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, lake_home: Path, settings: Any) -> Any:
    """A bucket of the test's own; the lake lies in a folder of it."""
    client = boto3.resource(
        "s3", endpoint_url=f"http://{endpoint}", region_name="us-east-1",
        aws_access_key_id="key", aws_secret_access_key="secret",
    )  # fmt: skip
    made = client.create_bucket(Bucket=f"city-{uuid4().hex}")
    settings.YANKAO_LAKE = (
        f"s3://key:secret@{made.name}/lake"
        f"?scheme=http&region=us-east-1&endpoint_override={endpoint}"
    )
    return made


@pytest.fixture
def copy(bucket: Any, settings: Any) -> Path:
    """September closed; where its copy lies."""
    store(repairs(40))
    close(SEPTEMBER)
    return Path(settings.YANKAO_HOME / "lake-copies" / Partition.objects.get().key)


def keys(bucket: Any) -> list[str]:
    """Without the marks of empty folders that Arrow leaves where it deletes."""
    return sorted(found.key for found in bucket.objects.all() if not found.key.endswith("/"))


def day() -> object:
    """Counted from the partition: days are not stored."""
    return figures.value_of(RECEIVED, parse_period("2019-09-03"), as_of=AT)


def damage(content: bytes) -> bytes:
    half = len(content) // 2
    return content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]


def shorten(content: bytes) -> bytes:
    return content[: len(content) // 2]


def test_a_month_is_closed_into_the_bucket_and_read_through_a_copy(
    bucket: Any, copy: Path, settings: Any
) -> None:
    closing, partition = queries.closing_of(SEPTEMBER), Partition.objects.get()
    manifest = queries.manifest_key(SEPTEMBER, closing.manifest_sha256)
    assert keys(bucket) == sorted([f"lake/{partition.key}", f"lake/{manifest}"])
    copy.unlink()
    found = figures.value_of(RECEIVED, parse_period("2019-09-03"), as_of=AT)
    assert found.closed is not None
    assert found.value == COUNTED[RECEIVED](repairs(40), parse_period("2019-09-03"))
    assert copy.stat().st_size == partition.size
    assert list(queries.faults()) == []
    assert not (settings.YANKAO_HOME / "lake").exists()


def test_another_house_counts_over_the_bucket(copy: Path, settings: Any, tmp_path: Path) -> None:
    """It has no table of ours, only the address; what it read is kept."""
    address, partition = settings.YANKAO_LAKE, Partition.objects.get()
    settings.YANKAO_HOME, settings.YANKAO_LAKE = tmp_path / "nation", ""
    for _twice in range(2):
        lakes = across.Lakes(cities.kept_in(cities.lake_at("south", address)))
        engine = across.duckdb_engine(lakes.folders)
        said = next(across.numbers(lakes, engine, [RECEIVED], [SEPTEMBER]))
        assert said.value.value == COUNTED[RECEIVED](repairs(40), SEPTEMBER)
        assert said.checksum == partition.sha256
    kept = tmp_path / "nation" / "lakes" / "south" / partition.key
    assert kept.stat().st_size == partition.size


@pytest.mark.parametrize("hurt", [damage, shorten])
def test_a_damaged_copy_is_fetched_again(copy: Path, hurt: Any) -> None:
    whole, said = copy.read_bytes(), day()
    copy.chmod(0o640)
    copy.write_bytes(hurt(whole))
    assert day() == said
    assert copy.read_bytes() == whole


@pytest.mark.parametrize("hurt", [damage, shorten])
def test_what_is_damaged_in_the_bucket_is_found_and_never_read(
    bucket: Any, copy: Path, hurt: Any
) -> None:
    stored = bucket.Object(f"lake/{Partition.objects.get().key}")
    stored.put(Body=hurt(stored.get()["Body"].read()))
    assert [fault.what for fault in queries.faults()] == [queries.FILE_WORDS["damaged"]]
    copy.unlink()
    with pytest.raises(Unreadable):
        stores.store().local(Partition.objects.get().key)
    with pytest.raises(LakeUnreadable):
        day()
    assert not copy.exists()
    assert list((copy.parents[3] / "incoming").iterdir()) == []


def test_what_is_missing_in_the_bucket_is_found_and_told(bucket: Any, copy: Path) -> None:
    bucket.Object(f"lake/{Partition.objects.get().key}").delete()
    assert [fault.what for fault in queries.faults()] == [queries.FILE_WORDS["missing"]]
    copy.unlink()
    assert value() is not None
    with pytest.raises(LakeUnreadable):
        day()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("away", ["bucket", "server"])
def test_where_the_bucket_is_away_the_month_stays_open(
    bucket: Any, settings: Any, away: str
) -> None:
    store(repairs(40))
    there = settings.YANKAO_LAKE
    if away == "bucket":
        bucket.delete()
    else:
        settings.YANKAO_LAKE = (
            f"{there.partition('endpoint_override=')[0]}endpoint_override=localhost:1"
        )
    with pytest.raises(LakeAway), alone():
        services.close_month(month=SEPTEMBER, actor=CLERK, at=AT)
    assert not queries.is_closed(SEPTEMBER)
    assert not Partition.objects.exists()
    if away == "bucket":
        bucket.create()
    settings.YANKAO_LAKE = there
    close(SEPTEMBER)
    assert list(queries.faults()) == []


def test_what_nobody_names_is_swept_from_the_bucket(bucket: Any, copy: Path) -> None:
    named = keys(bucket)
    for orphan in ("facts/toy.repairs.cases/2019-10/0.parquet", "months/2019-10/0.json"):
        bucket.put_object(Key=f"lake/{orphan}", Body=b"half")
    bucket.put_object(Key="elsewhere/facts/a/2019-10/0.parquet", Body=b"another's")
    assert lake.sweep(manifests=queries.manifest_keys()) == 2
    assert keys(bucket) == sorted([*named, "elsewhere/facts/a/2019-10/0.parquet"])
    key = Partition.objects.get().key
    for _twice in range(2):
        stores.store().delete(key)
    assert not copy.exists()
    with pytest.raises(FileNotFoundError):
        stores.store().local(key)
