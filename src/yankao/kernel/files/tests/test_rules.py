"""Names, limits and keys, without a database."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.files import rules
from yankao.kernel.files.rules import DOCUMENT, JPEG, MB, PDF, PHOTO, PNG, WEBP


@pytest.mark.parametrize(
    ("typed", "media_type", "cleaned"),
    [
        ("坑洞.jpg", JPEG, "坑洞.jpg"),
        ("坑洞.JPEG", JPEG, "坑洞.jpeg"),
        ("坑洞", JPEG, "坑洞.jpg"),
        ("坑洞.png", JPEG, "坑洞.jpg"),
        ("photo.webp", WEBP, "photo.webp"),
        ("報告.jpg", PDF, "報告.pdf"),
        ("../../etc/passwd", JPEG, "passwd.jpg"),
        ("..\\..\\windows\\win.ini", PNG, "win.ini.png"),
        ("C:\\照片\\一.png", PNG, "一.png"),
        ("/", JPEG, "附件.jpg"),
        ("", JPEG, "附件.jpg"),
        ("...", JPEG, "附件.jpg"),
        (".jpg", JPEG, "附件.jpg"),
        ("a\0b.jpg", JPEG, "ab.jpg"),
        ("a\r\nSet-Cookie: x.jpg", JPEG, "aSet-Cookie_ x.jpg"),
        ("photo\u202egpj.exe", JPEG, "photogpj.exe.jpg"),
        ("zero\u200bwidth\ufeff.jpg", JPEG, "zerowidth.jpg"),
        ('"quoted";rm -rf $HOME.jpg', JPEG, "_quoted__rm -rf _HOME.jpg"),
        ("evil.jpg.html", JPEG, "evil.jpg.html.jpg"),
        ("e\u0301.jpg", JPEG, "é.jpg"),
        ("長" * 300 + ".jpg", JPEG, "長" * 96 + ".jpg"),
    ],
)
def test_a_name_becomes_harmless_and_agrees_with_the_content(typed, media_type, cleaned):
    assert rules.clean_name(typed, media_type) == cleaned


@given(st.text(max_size=150), st.sampled_from([JPEG, PNG, WEBP, PDF]))
def test_whatever_is_typed_the_name_is_short_visible_and_has_the_extension(typed, media_type):
    name = rules.clean_name(typed, media_type)
    assert 0 < len(name) <= 100
    assert name.endswith(rules.EXTENSIONS[media_type])
    assert not set(name) & set('/\\\0\r\n\t"<>|:*?')
    assert name.isprintable()
    assert not name.startswith(".")
    assert rules.clean_name(name, media_type) == name


def test_limits_are_the_known_ones_until_the_city_changes_them():
    assert rules.limits_in({}, PHOTO) == PHOTO
    assert (PHOTO.max_bytes, PHOTO.max_total_bytes, PHOTO.max_files) == (10 * MB, 20 * MB, 6)
    city = {"files": {"photo": {"max_mb": 5, "max_files": 3, "media_types": ["text/html"]}}}
    changed = rules.limits_in(city, PHOTO)
    assert (changed.max_bytes, changed.max_files, changed.max_total_bytes) == (5 * MB, 3, 20 * MB)
    assert changed.media_types == PHOTO.media_types
    assert rules.limits_in(city, DOCUMENT) == DOCUMENT


@given(st.text(alphabet=string.hexdigits + "./\\\0é", max_size=70))
def test_keys_are_made_of_digests_only(text):
    if len(text) == 64 and set(text) <= set("0123456789abcdef"):
        assert rules.content_key(text).endswith(text)
    else:
        with pytest.raises(ValueError, match="SHA-256"):
            rules.content_key(text)


def test_where_things_lie():
    sha256 = "ab" + "0" * 62
    assert rules.content_key(sha256) == f"content/ab/00/{sha256}"
    assert rules.thumbnail_key(sha256) == f"thumbnails/ab/00/{sha256}.jpg"
