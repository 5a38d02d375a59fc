"""Mails as they come, and as somebody who means harm would write them."""

import time
from collections.abc import Callable

import pytest

from yankao.kernel.mailboxes import charsets, mime, plaintext

WORDS = "路燈不亮，請修理。"


def mail(headers: str = "", body: bytes | str = "", *, sender: str = "wang@example.tw") -> bytes:
    top = f"From: {sender}\r\nSubject: x\r\nMessage-ID: <1@example.tw>\r\n{headers}".rstrip("\r\n")
    content = body.encode() if isinstance(body, str) else body
    return top.encode() + b"\r\n\r\n" + content


def parts(*some: str | bytes, kind: str = "mixed", boundary: str = "b") -> bytes:
    pieces = [one.encode() if isinstance(one, str) else one for one in some]
    inner = b"".join(b"--" + boundary.encode() + b"\r\n" + one + b"\r\n" for one in pieces)
    headers = f"MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary={boundary}\r\n"
    return mail(headers, inner + b"--" + boundary.encode() + b"--\r\n")


def refused(content: bytes, limits: mime.Limits = mime.LIMITS) -> str:
    with pytest.raises(mime.Unreadable) as caught:
        mime.read(content, limits)
    return caught.value.code


def quickly(work: Callable[[], object], seconds: float = 5.0) -> object:
    """Bombs would take minutes; the limit is far above what this machine needs when it is busy."""
    began = time.process_time()
    result = work()
    assert time.process_time() - began < seconds
    return result


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("big5", "big5"), ("BIG5", "cp950"), ("utf-8", "utf-8"), ("gb18030", "gb18030"),
        ("gb2312", "gbk"), ("iso-2022-jp", "iso2022_jp"), ("", "utf-8"), ("", "big5"),
        ("us-ascii", "utf-8"), ("iso-8859-1", "utf-8"), ("big5", "utf-8"), ("utf-8", "big5"),
        ("x-unknown-9", "utf-8"), ("zip", "utf-8"), ("punycode", "utf-8"), ("utf-16", "utf-16"),
        ('"big5"', "cp950"), ("big5*zh-tw", "big5"),
    ],
)  # fmt: skip
def test_words_in_odd_charsets(label: str, codec: str) -> None:
    words = "こんにちは、道路" if "2022" in codec else "路燈不亮，請修理。"
    header = f"Content-Type: text/plain; charset={label}" if label else ""
    assert mime.read(mail(header, words.encode(codec))).text == words


@pytest.mark.parametrize("label", ["gb18030", "big5", "euc-kr", "iso-8859-1", "koi8-r"])
def test_what_is_utf8_is_utf8_whatever_its_label(label: str) -> None:
    """Most of these labels could read the same bytes, as nonsense."""
    words = "路燈不亮請修理好"
    assert mime.read(mail(f"Content-Type: text/plain; charset={label}", words)).text == words


@pytest.mark.parametrize("cut", [1, 2])
def test_a_letter_cut_in_the_middle_is_not_another_script(cut: int) -> None:
    content = (WORDS * 30).encode()[:-cut]
    assert mime.read(mail("Content-Type: text/plain; charset=utf-8", content)).text.startswith(
        WORDS * 29
    )


@pytest.mark.parametrize(
    "codec", ["zip", "bz2", "hex", "rot13", "idna", "unicode_escape", "base64"]
)
def test_codecs_that_are_no_charset_are_not_used(codec: str) -> None:
    assert charsets.codec_of(codec) == ""
    assert charsets.decoded(b"\\u8def abc", codec) == "\\u8def abc"


def test_what_cannot_be_seen_goes() -> None:
    text = mime.read(mail("", "a\0b\x07c\u202ed\u2066e\u200bf\ufeffg\x85h\r\ni\tj")).text
    assert text == "abcdefg\nh\ni\tj"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("=?utf-8?B?6Lev54eI?=", "路燈"),
        ("=?utf-8?B?6Lev54e?= =?utf-8?B?I?=", "路"),  # torn base64 in the middle of a letter
        ("=?big5?Q?=B8=F4=BFO?=", "路燈"),
        ("=?utf-8?Q?=E8=B7?= =?utf-8?Q?=AF?=", "路"),  # one letter in two words
        ("=?utf-8?Q?=E8=B7?=\r\n =?utf-8?Q?=AF=E7=87=88?=", "路燈"),
        ("Re: =?utf-8?B?6Lev?= x =?utf-8?B?54eI?=", "Re: 路 x 燈"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?B?", "=?utf-8?B?"),
        ("=?nonsense?Q?=E8=B7=AF?=", "路"),
        ("路燈", "路燈"),
        ("a\r\nBcc: everybody@example.tw", "a Bcc: everybody@example.tw"),
        ("", ""),
    ],
)
def test_words_of_headers(value: str, words: str) -> None:
    found = charsets.header_words(value)
    assert found.replace("\ufffd", "") == words
    assert "\n" not in found


def test_headers_of_bare_bytes() -> None:
    content = b"From: wang@example.tw\r\nSubject: \xb8\xf4\xbfO\xa4\xa3\xabG\r\n\r\nx"
    assert mime.read(content).subject == "路燈不亮"


def test_a_header_cannot_be_smuggled_into_our_answer() -> None:
    read = mime.read(mail(sender="=?utf-8?Q?a=0D=0ABcc:_b@example.tw?= <wang@example.tw>"))
    assert read.sender == "wang@example.tw"
    assert "\n" not in read.sender_name
    assert "\r" not in read.sender_name


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("WANG@Example.TW", "wang@example.tw"),
        ('"王" <wang@example.tw>', "wang@example.tw"),
        ("", ""),
        ("nobody", ""),
        ("(" * 900 + "a@example.tw", ""),
        ("<>", ""),
    ],
)
def test_senders(value: str, address: str) -> None:
    assert mime.read(mail(sender=value)).sender == address


def test_flowed_text() -> None:
    flowed = "第一段 \r\n接著。\r\n\r\n> 引 \r\n> 文\r\n 縮排\r\n-- \r\n簽名"
    header = "Content-Type: text/plain; charset=utf-8; format=flowed"
    assert mime.read(mail(header, flowed)).text == "第一段 接著。\n\n> 引 \n> 文\n縮排\n-- \n簽名"
    assert mime.read(mail(header + "; delsp=yes", flowed)).text.startswith("第一段接著。")


def test_html_alone_becomes_plain() -> None:
    page = (
        "<html><head><title>t</title><style>p{}</style></head><body><p>路燈<b>不</b>亮</p>"
        "<script>alert(1)</script><!-- 看不到 --><ul><li>一<li>二</ul>&lt;b&gt; &#9731; "
        "<a href='https://example.tw/x'>這裡</a><img src=x onerror=alert(1)> 1 < 2</body></html>"
    )
    text = mime.read(mail("Content-Type: text/html; charset=utf-8", page)).text
    assert "路燈不亮" in text
    assert "一\n\n二" in text or "一\n二" in text
    assert "<b> ☃" in text
    assert "這裡（https://example.tw/x）" in text
    assert "1 < 2" in text
    for gone in ("alert", "看不到", "p{}", "<p", "onerror"):
        assert gone not in text


def test_of_two_forms_the_plain_one_is_read() -> None:
    both = parts(
        "Content-Type: text/plain; charset=utf-8\r\n\r\n純文字",
        "Content-Type: text/html; charset=utf-8\r\n\r\n<p>網頁</p>",
        kind="alternative",
    )
    assert mime.read(both).text == "純文字"
    empty = parts(
        "Content-Type: text/plain\r\n\r\n  \r\n", "Content-Type: text/html\r\n\r\n<p>page</p>",
        kind="alternative",
    )  # fmt: skip
    assert mime.read(empty).text == "page"


def test_text_after_an_attachment_is_read_too() -> None:
    read = mime.read(
        parts(
            "Content-Type: text/html; charset=utf-8\r\n\r\n<p>前</p>",
            "Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA",
            "Content-Type: text/plain; charset=utf-8\r\n\r\n後",
        )
    )
    assert read.text == "前\n\n後"
    assert [leaf.content for leaf in read.files] == [b"\0\0\0"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('filename="=?utf-8?B?6Lev54eI?=.png"', "路燈.png"),
        ("filename*=UTF-8''%E8%B7%AF%E7%87%88.png", "路燈.png"),
        ("filename*0*=utf-8''%E8%B7; filename*1*=%AF.png", "路.png"),
        ("filename*=zip''%E8%B7%AF", "路"),
        ("filename*x*y=1", ""),
        ('filename="../../etc/passwd"', "../../etc/passwd"),
    ],
)
def test_names_of_files(header: str, name: str) -> None:
    part = f"Content-Type: image/png\r\nContent-Disposition: attachment; {header}\r\n\r\nx"
    assert next(iter(mime.read(parts(part)).files)).headers.file_name == name


# --- bombs ---------------------------------------------------------------------------------------


def test_a_mail_of_ten_thousand_parts_is_refused() -> None:
    bomb = parts(*["\r\nx"] * 10_000)
    assert quickly(lambda: refused(bomb)) == "too_many_parts"


def test_parts_are_counted_over_all_depths() -> None:
    inner = "".join(f"--i\r\n\r\n{n}\r\n" for n in range(150))
    nested = f"Content-Type: multipart/mixed; boundary=i\r\n\r\n{inner}--i--\r\n"
    assert refused(parts(nested, nested)) == "too_many_parts"


def test_parts_in_parts_without_end_are_refused() -> None:
    body = "x"
    for depth in range(3_000):
        body = f"Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n{body}"
    bomb = f"From: a@example.tw\r\n{body}".encode()
    assert quickly(lambda: refused(bomb)) == "too_deep"


def test_mails_in_mails_are_not_opened() -> None:
    inner = parts(*["\r\nx"] * 10_000).decode()
    read = mime.read(parts("\r\n字", f"Content-Type: message/rfc822\r\n\r\n{inner}", boundary="o"))
    assert (read.text, len(read.leaves)) == ("字", 2)


@pytest.mark.parametrize(
    "headers",
    ["X: " + "a" * 100_000, "\r\n".join(f"X-{n}: y" for n in range(1_000)), "X: a\r\n " * 20_000],
    ids=["long", "many", "folded"],
)
def test_huge_headers_are_refused(headers: str) -> None:
    assert quickly(lambda: refused(mail(headers))) == "headers_too_large"
    part = f"{headers}\r\n\r\nx"
    assert quickly(lambda: refused(parts(part))) == "headers_too_large"


def test_more_bytes_or_words_than_allowed_are_refused() -> None:
    assert refused(mail("", "a" * 2_000), mime.Limits(max_bytes=1_000)) == "too_large"
    assert refused(mail("", "字" * 20_001)) == "too_long"
    assert refused(mail("", "a" * 3 * mime.MB)) == "too_long"


@pytest.mark.parametrize(
    "value",
    [
        "multipart/mixed; " + ';"' * 30_000,
        "multipart/mixed; boundary=" + '"' * 30_000,
        "text/plain; charset*0=" + "; charset*1=a" * 4_000,
        "text/plain" + ";" * 60_000,
        'text/plain;"' + ";" * 60_000,
    ],
    ids=["quotes", "boundary", "pieces", "semicolons", "quoted"],
)
def test_parameters_that_take_for_ever(value: str) -> None:
    part = f"Content-Type: {value}\r\n\r\nx"
    quickly(lambda: mime.read(parts(*[part] * 30)))


@pytest.mark.parametrize(
    "seed",
    ["<!--", "<!", "<![CDATA[", "</", "<a", "<a b=", "<a '", "<a/", "&#", "&", "<?", "<script>",
     "<title>", "<a href=", "<p>", "&#99999999999", "< ", "<a href=https://x.tw>y</a>"],
)  # fmt: skip
def test_pages_that_take_for_ever(seed: str) -> None:
    page = seed * (400_000 // len(seed))
    quickly(lambda: plaintext.from_html(page))


@pytest.mark.parametrize("value", ["=?" * 3_000, "=?utf-8?Q?" * 1_000, "=?a?B?" + "?" * 4_000])
def test_encoded_words_that_take_for_ever(value: str) -> None:
    quickly(lambda: charsets.header_words(value))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\r\n", b"\r\n\r\n", b"\0" * 99, b"no headers at all",
        b"From a@b Mon\r\nX: y\r\n\r\nz",
        b": \r\n\r\n", b"Content-Type: multipart/mixed\r\n\r\n--\r\n",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\nx",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n--b--",
        b"Content-Type: \xff\xfe/\xfd; charset=\xff\r\n\r\n\xff",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!=A=",
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\r\n=",
        b"From: \xff <\xff@\xff>\r\nSubject: =?\xff?B?\xff?=\r\n\r\n",
    ],
)  # fmt: skip
def test_nonsense_is_a_mail_without_words_not_an_error(content: bytes) -> None:
    read = mime.read(content)
    assert isinstance(read.sender, str)
    assert isinstance(read.subject, str)
    assert "\0" not in read.text
