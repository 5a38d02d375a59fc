"""Documents, sound, video and pictures of phones: what they are, and what they may not hold."""

import contextlib
import io
import random
import time

import pytest
from PIL import Image

from yankao.kernel.files import pictures, rules, services
from yankao.kernel.files.rules import DOCUMENT, PHOTO
from yankao.kernel.files.services import FileRefused
from yankao.kernel.files.tests import samples


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.YANKAO_HOME = tmp_path


def keep(content, name="x", limits=DOCUMENT):
    return services.keep(content=io.BytesIO(content), name=name, limits=limits)


KINDS = {
    rules.HEIC: (samples.heic(), "x.heic"),
    rules.ODT: (samples.odt(), "x.odt"),
    rules.DOCX: (samples.docx(), "x.docx"),
    rules.AVI: (samples.avi(), "x.avi"),
    rules.WMV: (samples.asf(samples.AUDIO, samples.VIDEO), "x.wmv"),
    rules.WMA: (samples.asf(samples.AUDIO), "x.wma"),
    rules.MP4: (samples.mp4(), "x.mp4"),
    rules.MOV: (samples.mov(), "x.mov"),
    rules.WAV: (samples.wav(), "x.wav"),
    rules.MP3: (samples.mp3(), "x.mp3"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_what_its_content_says(kind):
    content, name = KINDS[kind]
    for called in ("x", "x.exe.jpg", name.upper()):
        kept = keep(content, called)
        assert kept.media_type == kind
        assert kept.name.lower().endswith(rules.EXTENSIONS[kind])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != rules.HEIC])
def test_where_only_photos_are_taken_nothing_else_is(kind):
    with pytest.raises(FileRefused):
        keep(KINDS[kind][0], limits=PHOTO)


def test_where_photos_are_taken_those_of_phones_are():
    content, name = KINDS[rules.HEIC]
    assert keep(content, name, limits=PHOTO).media_type == rules.HEIC


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {rules.MP3, rules.HEIC}))
def test_half_a_file_is_refused(kind):
    content = KINDS[kind][0]
    with pytest.raises(FileRefused) as caught:
        keep(content[: len(content) // 2])
    assert caught.value.code in {"files.broken", "files.type"}


def test_variants_people_send():
    assert keep(samples.mp3(tag=False)).media_type == rules.MP3
    assert keep(samples.mp4(b"mp42")).media_type == rules.MP4
    fragmented = samples.box(b"ftyp", b"iso5" + b"\0" * 8) + samples.box(
        b"moov", samples.box(b"trak")
    )
    assert keep(fragmented + samples.box(b"moof") + samples.box(b"mdat")).media_type == rules.MP4
    old = samples.box(b"wide") + samples.box(b"mdat", b"x" * 99)
    assert keep(old + samples.box(b"moov", samples.box(b"trak"))).media_type == rules.MOV


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (samples.docm(), "files.macros"),
        (samples.docx(**{"word__vbaData.xml": "x"}), "files.macros"),
        (samples.odt(Basic__Standard__Module1="Sub Main"), "files.macros"),
        (samples.odt(Scripts__python__x="import os"), "files.macros"),
        (samples.zip_bomb(), "files.bomb"),
        (samples.zipped({f"{n}": "" for n in range(2_100)} | {"mimetype": "x"}), "files.type"),
        (samples.odt(**{f"{n}": "" for n in range(2_100)}), "files.bomb"),
        (samples.zipped({"mimetype": rules.ODT, "content.xml": "x"}), "files.broken"),
        (samples.zipped({"mimetype": rules.ODT + "-template", "content.xml": "x"}), "files.type"),
        (samples.zipped({"a.txt": "x"}), "files.type"),
        (samples.zipped({"[Content_Types].xml": "x", "xl/workbook.xml": "x"}), "files.type"),
        (samples.docx("application/octet-stream"), "files.type"),
        (samples.asf(samples.VIDEO, further=[samples.SCRIPT]), "files.carries"),
        (samples.asf(samples.AUDIO, further=[samples.LICENCE]), "files.locked"),
        (samples.asf(), "files.type"),
        (samples.mp4(b"M4A "), "files.type"),
        (samples.mp4(b"avif"), "files.type"),
        (samples.box(b"ftyp", b"isom" + b"\0" * 8), "files.broken"),
        (samples.box(b"ftyp", b"isom" + b"\0" * 8) + b"\0\0\0\1moov" + b"\xff" * 8, "files.broken"),
        (samples.mp4() + samples.HTML, "files.carries"),
        (samples.wav() + samples.archive(), "files.carries"),
        (samples.mp3()[:300], "files.broken"),
        (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"\0" * 50, "files.broken"),
        (b"\xff\xfb\x90\x64" + b"\0" * 5_000, "files.broken"),
        (samples.heic()[:-40], "files.broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "files.type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_hides_something_is_refused_with_words(content, code):
    with pytest.raises(FileRefused) as caught:
        keep(content)
    assert caught.value.code == code
    assert "請" in caught.value.message


def test_a_locked_document_is_told_so():
    manifest = "<manifest:encryption-data/>"
    content = samples.zipped(
        {"mimetype": rules.ODT, "content.xml": "x", "META-INF/manifest.xml": manifest}
    )
    with pytest.raises(FileRefused, match="密碼"):
        keep(content)


def test_a_bomb_costs_little_time_and_lies_do_not_help():
    content = samples.zip_bomb()
    started = time.process_time()
    with pytest.raises(FileRefused):
        keep(content)
    assert time.process_time() - started < 3
    lying = content.replace((150_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(FileRefused) as caught:
        keep(lying)
    assert caught.value.code == "files.broken"


def test_a_huge_directory_is_not_read():
    content = samples.zipped({"mimetype": rules.ODT} | {f"{n:0>200}": "" for n in range(1_500)})
    with pytest.raises(FileRefused) as caught:
        keep(content)
    assert caught.value.code == "files.bomb"


def test_a_phones_heic_is_cleaned_to_an_upright_jpeg_that_tells_nothing():
    original = samples.heic()
    assert b"25.0330" in original
    kept = keep(original, "IMG_0001.HEIC")
    assert (kept.width, kept.height, kept.name) == (48, 64, "IMG_0001.heic")
    for made in (pictures.cleaned, pictures.thumbnail_of):
        content = made(io.BytesIO(original))
        assert not [secret for secret in samples.SECRETS if secret in content]
        image = Image.open(io.BytesIO(content))
        assert (image.format, image.size) == ("JPEG", (48, 64))
        assert not image.getexif()
        left, right = (image.getpixel((x, 32)) for x in (5, 43))
        assert left[2] > 200 > 60 > left[0]
        assert right[0] > 200 > 60 > right[2]


def test_a_transparent_heic_lies_on_white():
    output = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(output, "HEIF")
    image = Image.open(io.BytesIO(pictures.cleaned(io.BytesIO(output.getvalue()))))
    assert min(image.getpixel((20, 20))) > 250


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's remarks about damaged EXIF
def test_random_damage_is_kept_or_refused_but_never_an_accident():
    chance = random.Random(20261121)
    for content, _name in KINDS.values():
        for _ in range(40):
            damaged = bytearray(content)
            for _ in range(chance.randint(1, 12)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            cut = chance.choice([len(damaged), chance.randrange(len(damaged))])
            with contextlib.suppress(FileRefused):
                keep(bytes(damaged[:cut]))


def test_a_form_tells_what_it_takes():
    accepted = rules.accepted(DOCUMENT.media_types).split(",")
    assert {"image/heic", ".heic", ".docx", ".mp3", "video/mp4"} <= set(accepted)
    assert rules.accepted(PHOTO.media_types).split(",")[:3] == list(rules.EXTENSIONS)[:3]
    assert rules.type_names(DOCUMENT.media_types)[-1] == "MP3"
