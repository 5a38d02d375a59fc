"""What may come in, and what hostile files get to hear. No database."""

import contextlib
import hashlib
import io
import os
import random
import resource
import time
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from yankao.base.outages import NoRoom
from yankao.kernel.files import pictures, rules, services
from yankao.kernel.files.rules import DOCUMENT, PHOTO
from yankao.kernel.files.services import FileRefused, TooLarge, TooManyFiles
from yankao.kernel.files.stores import FolderStore
from yankao.kernel.files.tests import samples


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.YANKAO_HOME = tmp_path
    return tmp_path


def keep(content, name="photo.jpg", limits=PHOTO):
    return services.keep(content=io.BytesIO(content), name=name, limits=limits)


def refusal(content, name="photo.jpg", limits=PHOTO):
    with pytest.raises(FileRefused) as caught:
        keep(content, name, limits)
    assert caught.value.field == "photos"
    assert stored() == []
    return caught.value


def stored():
    root = services.store().root
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("format", "media_type", "extension"),
    [("JPEG", "image/jpeg", "jpg"), ("PNG", "image/png", "png"), ("WEBP", "image/webp", "webp")],
)
def test_an_honest_picture_is_kept_under_its_hash(format, media_type, extension):
    content = samples.picture(format)
    kept = keep(content, f"坑洞.{extension}")
    assert kept == services.Kept(
        hashlib.sha256(content).hexdigest(),
        len(content),
        media_type,
        64,
        48,
        f"坑洞.{extension}",
    )
    [path] = stored()
    assert path.read_bytes() == content
    assert path == services.store().root / rules.content_key(kept.sha256)
    assert path.stat().st_mode & 0o222 == 0
    assert services.Kept(**services.as_json(kept)) == kept


def test_the_same_content_again_is_stored_once_and_becomes_young():
    content = samples.picture()
    kept = keep(content)
    [path] = stored()
    os.utime(path, (1, 1))
    again = keep(content, "另一個名字.png")
    assert again.sha256 == kept.sha256
    assert again.name == "另一個名字.jpg"
    assert stored() == [path]
    assert path.stat().st_mtime > 1_000_000


def test_a_wrong_extension_is_corrected_not_believed():
    assert keep(samples.picture("PNG"), "photo.jpg").name == "photo.png"
    assert keep(samples.picture("JPEG"), "x.html").media_type == "image/jpeg"


def test_a_phones_photo_is_measured_as_one_sees_it():
    kept = keep(samples.phone_photo(orientation=6))
    assert (kept.width, kept.height) == (48, 64)
    assert keep(samples.phone_photo(orientation=1)).width == 64


def test_a_phones_second_picture_and_appendix_do_no_harm():
    assert keep(samples.depth_photo()).media_type == "image/jpeg"
    assert keep(samples.picture() + b"SEFHe\0\0\0 maker's notes").media_type == "image/jpeg"


def test_a_pdf_only_where_documents_are_taken():
    assert keep(samples.PDF, "報告.pdf", DOCUMENT).media_type == "application/pdf"
    FolderStore(services.store().root)
    for path in stored():
        path.unlink()
    assert refusal(samples.PDF, "報告.pdf").code == "files.type"
    assert refusal(samples.PDF[:-8], "報告.pdf", DOCUMENT).code == "files.broken"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.jpg", "files.empty"),
        (b"\0", "a.jpg", "files.type"),
        (b"\0" * 5_000, "a.jpg", "files.type"),
        (b"just words", "a.jpg", "files.type"),
        (samples.SVG, "a.svg", "files.type"),
        (samples.SVG, "a.png", "files.type"),
        (b"\xef\xbb\xbf\n  " + samples.HTML, "a.jpg", "files.type"),
        (samples.HTML, "a.jpg", "files.type"),
        (samples.archive(), "a.jpg", "files.type"),
        (samples.archive(), "a.docx", "files.type"),
        (b"MZ\x90\0" + b"\0" * 100, "a.jpg", "files.type"),
        (samples.animation("GIF"), "a.gif", "files.type"),
        (samples.picture("BMP"), "a.bmp", "files.type"),
        (samples.picture("TIFF"), "a.jpg", "files.type"),
        (samples.HEIC, "IMG_0001.HEIC", "files.broken"),
        (samples.animation("PNG"), "a.png", "files.animated"),
        (samples.animation("WEBP"), "a.webp", "files.animated"),
        (samples.noise()[:-2_000], "a.jpg", "files.broken"),
        (samples.noise(format="PNG")[:-2_000], "a.png", "files.broken"),
        (samples.noise(format="WEBP")[:-2_000], "a.webp", "files.broken"),
        (samples.picture()[:100], "a.jpg", "files.broken"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "files.broken"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "files.broken"),
        (b"RIFF\x04\0\0\0WEBP", "a.webp", "files.broken"),
        (samples.png_of(100, 100, b"\0" * 10), "a.png", "files.broken"),
        (samples.png_of(30_000, 30_000), "a.png", "files.pixels"),
        (samples.png_of(60_000, 10), "a.png", "files.pixels"),
        (samples.png_of(2**31 - 1, 2**31 - 1), "a.png", "files.pixels"),
        (samples.bomb(), "a.png", "files.pixels"),
        (samples.picture() + samples.archive(), "a.jpg", "files.carries"),
        (samples.picture("PNG") + samples.HTML, "a.png", "files.carries"),
        (samples.picture(comment=samples.HTML), "a.jpg", "files.carries"),
        (samples.picture(comment=samples.PDF), "a.jpg", "files.carries"),
        (samples.picture() + b"<?php system($_GET[0]); ?>", "a.jpg", "files.carries"),
        (samples.picture() + samples.SVG, "a.jpg", "files.carries"),
        (samples.picture() + b"<SVG/onload=alert(1)>", "a.jpg", "files.carries"),
        (samples.picture() + b"<svg " + b"x" * 190 + b"<svg onload=x>", "a.jpg", "files.carries"),
    ],
)
def test_hostile_and_broken_files_are_refused_with_words(content, name, code):
    refused = refusal(content, name)
    assert refused.code == code
    assert refused.status == 422
    assert "請" in refused.message


def test_three_letters_by_chance_are_no_markup():
    assert keep(samples.picture() + b"<svg \0\1\2 onx>").media_type == "image/jpeg"


@pytest.mark.parametrize(
    "pattern",
    [
        b"<svg " * 20 + b"on" * 50 + b"o" * 10 * rules.MB,
        b"<svg " * 2 + b"on" * 5 * rules.MB,
        b"<svg " * 2 * rules.MB,
        (b"<svg " + b"on" * 97) * 50_000,
        b"<" * 10 * rules.MB,
        b"<!doctype" * rules.MB,
        b"onon" * 2 * rules.MB,
    ],
    ids=["tail", "on", "svg", "both", "brackets", "doctype", "no svg"],
)
def test_no_pattern_makes_the_search_for_markup_slow(pattern):
    content = (b"\xff\xd8\xff" + pattern)[: 10 * rules.MB]
    started = time.process_time()
    refusal(content)
    assert time.process_time() - started < 1


def test_a_heic_photo_is_taken():
    assert keep(samples.heic(), "IMG_0001.HEIC").media_type == "image/heic"


def test_a_comment_that_unpacks_to_much_is_refused_without_unpacking():
    assert refusal(samples.text_bomb(), "a.png").code == "files.broken"


def test_a_bomb_costs_little_memory():
    content = samples.bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal(content, "a.png")
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 100


def test_a_name_in_a_refusal_is_cleaned_too():
    refused = refusal(b"", "../<script>\u202e\0.jpg")
    assert "<" not in refused.message
    assert "\u202e" not in refused.message
    assert "/" not in refused.message


@pytest.mark.parametrize("name", ["../../../etc/cron.d/x", "/etc/passwd", "a\0.jpg", "..", "CON"])
def test_no_name_leaves_the_store(home, name):
    kept = keep(samples.picture(), name)
    assert "/" not in kept.name
    assert stored() == [home / "files" / rules.content_key(kept.sha256)]


def test_too_many_bytes_are_refused_before_they_are_all_read():
    class Endless:
        given = 0

        def read(self, size):
            self.given += size
            return b"\xff" * size

    endless = Endless()
    with pytest.raises(TooLarge, match="10 MB") as caught:
        services.keep(content=endless, name="a.jpg")
    assert endless.given <= 11 * rules.MB
    assert caught.value.status == 413
    assert stored() == []


def test_exactly_the_limit_is_taken(settings):
    settings.CITY = {"files": {"photo": {"max_mb": 1}}}
    content = samples.picture()
    keep(content + b"\0" * (rules.MB - len(content)))
    with pytest.raises(TooLarge):
        keep(content + b"\0" * (rules.MB - len(content) + 1))


def test_together(settings):
    kept = keep(samples.picture())
    services.check_together([kept] * 6)
    with pytest.raises(TooManyFiles, match="最多 6 個檔案，您選了 7 個"):
        services.check_together([kept] * 7)
    settings.CITY = {"files": {"photo": {"max_total_mb": 0}}}
    with pytest.raises(TooLarge, match="合計"):
        services.check_together([kept])


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's remarks about damaged EXIF
def test_random_damage_is_kept_or_refused_but_never_an_accident():
    chance = random.Random(20260304)
    for original in (
        samples.noise((64, 48)),
        samples.noise((64, 48), "PNG"),
        samples.noise((64, 48), "WEBP"),
        samples.phone_photo(),
        samples.depth_photo(),
    ):
        for _ in range(150):
            damaged = bytearray(original)
            for _ in range(chance.randint(1, 12)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            cut = chance.choice([len(damaged), chance.randrange(len(damaged))])
            with contextlib.suppress(FileRefused):
                keep(bytes(damaged[:cut]))


def test_a_disk_that_fails_leaves_nothing_behind(monkeypatch):
    def full(*ignored):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep(samples.picture())
    assert stored() == []


@pytest.mark.parametrize(
    "content",
    [
        samples.noise((2_000, 1_500)),
        samples.noise((1_000, 1_000), "PNG"),
        samples.noise((1_000, 700), "WEBP"),
    ],
)
def test_a_thumbnail_is_small(content):
    small = Image.open(io.BytesIO(pictures.thumbnail_of(io.BytesIO(content))))
    assert small.format == "JPEG"
    assert max(small.size) == pictures.THUMBNAIL_SIDE


def test_a_thumbnail_is_upright_and_tells_nothing():
    small = Image.open(io.BytesIO(pictures.thumbnail_of(io.BytesIO(samples.phone_photo()))))
    assert small.size == (48, 64)
    assert not small.getexif()
    assert "comment" not in small.info


FORMATS = ["JPEG", "PNG", "WEBP"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_cleaned_picture_is_upright_and_tells_nothing(format):
    original = samples.telling(format)
    assert [secret for secret in samples.SECRETS if secret in original]
    cleaned = pictures.cleaned(io.BytesIO(original))
    assert not [secret for secret in samples.SECRETS if secret in cleaned]
    image = Image.open(io.BytesIO(cleaned))
    assert (image.format, image.size) == (format, (48, 64))
    assert not image.getexif()
    assert not {"comment", "Comment", "xmp", "exif", "XML:com.adobe.xmp"} & set(image.info)
    left, right = (image.convert("RGB").getpixel((x, 32)) for x in (5, 43))
    assert left[2] > 200 > 60 > left[0]
    assert right[0] > 200 > 60 > right[2]


@pytest.mark.parametrize("orientation", range(10))
def test_a_cleaned_picture_has_the_size_that_was_measured(orientation):
    content = samples.phone_photo(orientation)
    kept = keep(content)
    assert Image.open(io.BytesIO(pictures.cleaned(io.BytesIO(content)))).size == (
        kept.width,
        kept.height,
    )


def test_a_depth_photo_is_cleaned_to_its_first_picture():
    image = Image.open(io.BytesIO(pictures.cleaned(io.BytesIO(samples.depth_photo()))))
    assert (image.format, image.size) == ("JPEG", (64, 48))


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_a_cleaned_picture_stays_transparent(format):
    content = samples.picture(format, mode="RGBA", color=(0, 0, 0, 0))
    image = Image.open(io.BytesIO(pictures.cleaned(io.BytesIO(content))))
    assert image.convert("RGBA").getpixel((5, 5))[3] == 0


def test_a_colour_profile_stays():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for format in FORMATS:
        content = samples.picture(format, icc_profile=profile)
        image = Image.open(io.BytesIO(pictures.cleaned(io.BytesIO(content))))
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "I;16"])
def test_odd_colours_are_cleaned_too(mode):
    output = io.BytesIO()
    Image.new(mode, (40, 40)).save(output, "PNG")
    assert Image.open(io.BytesIO(pictures.cleaned(io.BytesIO(output.getvalue())))).mode == mode


def test_what_is_no_picture_cannot_be_cleaned():
    with pytest.raises(pictures.Unfit):
        pictures.cleaned(io.BytesIO(samples.PDF))


def test_a_transparent_picture_lies_on_white():
    content = samples.picture("PNG", mode="RGBA", color=(0, 0, 0, 0))
    small = Image.open(io.BytesIO(pictures.thumbnail_of(io.BytesIO(content))))
    assert small.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "I;16"])
def test_odd_colours_make_thumbnails_too(mode):
    output = io.BytesIO()
    Image.new(mode, (40, 40)).save(output, "PNG")
    assert pictures.thumbnail_of(io.BytesIO(output.getvalue()))


def test_cmyk_photos_work():
    content = samples.picture("JPEG", mode="CMYK", color=(0, 0, 0, 0))
    assert keep(content).media_type == "image/jpeg"
    assert pictures.thumbnail_of(io.BytesIO(content))
    assert pictures.cleaned(io.BytesIO(content))


def test_the_store_takes_no_other_keys(tmp_path):
    store = FolderStore(tmp_path)
    for key in ("../x", "content/../../x", "/etc/passwd", "content/ab/cd/x", ""):
        with pytest.raises(ValueError, match="not a key"):
            store.has(key)


def test_leftovers_of_killed_processes_are_swept(tmp_path):
    store = FolderStore(tmp_path)
    with store.scratch() as scratch:
        leftover = Path(scratch.name).with_name("left")
        leftover.write_bytes(b"x")
    os.utime(leftover, (1, 1))
    assert store.sweep_scratch(older_than_seconds=60, now=1_000_000) == 1
    assert not leftover.exists()


def test_with_little_room_left_nothing_is_kept(settings):
    settings.YANKAO_DISK_RESERVE_MB = 10**9
    with pytest.raises(NoRoom, match="不附檔案") as caught:
        keep(samples.picture("PNG"))
    assert caught.value.status == 507
    assert stored() == []
