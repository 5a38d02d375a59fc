"""Files as people and attackers send them, made on the spot."""

import io
import struct
import zipfile
import zlib

from PIL import Image, PngImagePlugin


def picture(format="JPEG", size=(64, 48), color="#5b6770", **options):
    """A small honest picture."""
    output = io.BytesIO()
    Image.new(options.pop("mode", "RGB"), size, color).save(output, format, **options)
    return output.getvalue()


def noise(size=(320, 240), format="JPEG"):
    """A picture whose bytes do not compress to nothing."""
    image = Image.effect_noise(size, 80).convert("RGB")
    output = io.BytesIO()
    image.save(output, format)
    return output.getvalue()


def phone_photo(orientation=6):
    """A photo with EXIF: lying on its side, with a place in it."""
    image = Image.new("RGB", (64, 48), "white")
    exif = image.getexif()
    exif[0x0112] = orientation
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8825)[1] = "N"
    output = io.BytesIO()
    image.save(output, "JPEG", exif=exif.tobytes())
    return output.getvalue()


SECRETS = (b"25.0330", b"Phone", b"taken at home", b"a remark")
"""What must not leave the house with a picture: place, maker, XMP, comments."""


def telling(format, orientation=6):
    """A picture of half red, half blue that tells everything a picture can tell."""
    image = Image.new("RGB", (64, 48), "red")
    image.paste("blue", (0, 24, 64, 48))
    exif = image.getexif()
    exif[0x0112] = orientation
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8825)[0x001D] = "25.0330"
    options = {"exif": exif.tobytes(), "xmp": b"<x:xmpmeta>taken at home</x:xmpmeta>"}
    if format == "JPEG":
        options |= {"comment": b"a remark", "quality": 95, "subsampling": 0}
    if format == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", "a remark")
        info.add_itxt("XML:com.adobe.xmp", "taken at home")
        options = {"exif": options["exif"], "pnginfo": info}
    if format == "WEBP":
        options["lossless"] = True
    output = io.BytesIO()
    image.save(output, format, **options)
    return output.getvalue() + (b"a remark" if format == "JPEG" else b"")


def depth_photo():
    """Two pictures in one JPEG, as phones with depth write (MPO)."""
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (32, 24), "blue")
    output = io.BytesIO()
    first.save(output, "MPO", save_all=True, append_images=[second])
    return output.getvalue()


def animation(format):
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    output = io.BytesIO()
    frames[0].save(output, format, save_all=True, append_images=frames[1:], duration=100)
    return output.getvalue()


def archive(name="a.txt", content=b"x"):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as file:
        file.writestr(name, content)
    return output.getvalue()


def _chunk(kind, body):
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def png_of(width, height, body=b"\0"):
    """A PNG that says it is so large, whatever is in it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(body))
        + _chunk(b"IEND", b"")
    )


def bomb():
    """A few kilobytes that unpack to 2.7 gigabytes of black."""
    row = zlib.compressobj()
    body = b"".join(row.compress(b"\0" * 90_001) for _ in range(1_000)) + row.flush()
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    )


def text_bomb():
    """A small picture whose comment unpacks to a hundred megabytes."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "A" * 100_000_000, zip=True)
    return picture("PNG", pnginfo=info)


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64


def heic(**options):
    """A photo as a phone takes it: half red, half blue, on its side, telling its place."""
    image = Image.new("RGB", (64, 48), "red")
    image.paste("blue", (0, 24, 64, 48))
    exif = image.getexif()
    exif[0x0112] = 6
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8825)[0x001D] = "25.0330"
    output = io.BytesIO()
    image.save(output, "HEIF", exif=exif.tobytes(), **options)
    return output.getvalue()


# --- documents --------------------------------------------------------------------------------

_ODT = "application/vnd.oasis.opendocument.text"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACRO_WORD = "application/vnd.ms-word.document.macroEnabled.main+xml"


def zipped(parts):
    """An archive of these parts; the first is not compressed."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as file:
        for number, (name, content) in enumerate(parts.items()):
            how = zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED
            file.writestr(name, content, compress_type=how)
    return output.getvalue()


def odt(**more):
    """A text document of LibreOffice; ``more`` are further parts, "/" written as "__"."""
    manifest = "<manifest:manifest/>"
    parts = {"mimetype": _ODT, "content.xml": "<office/>", "META-INF/manifest.xml": manifest}
    return zipped(parts | {name.replace("__", "/"): part for name, part in more.items()})


def docx(types=_WORD, **more):
    """A text document of Word."""
    parts = {
        "[Content_Types].xml": f'<Types><Override ContentType="{types}"/></Types>',
        "word/document.xml": "<w:document/>",
    }
    return zipped(parts | {name.replace("__", "/"): part for name, part in more.items()})


def docm():
    """The same with macros."""
    return docx(_MACRO_WORD, **{"word__vbaProject.bin": "x"})


def zip_bomb():
    """A document of some 150 KB that unpacks to 150 MB."""
    return odt(Pictures__a=b"\0" * 150_000_000)


# --- sound and video ------------------------------------------------------------------------------


def box(name, content=b""):
    return struct.pack(">I4s", len(content) + 8, name) + content


PLACE = b"+25.0330+121.5654/"


def mp4(brand=b"isom"):
    """Index and media; where it was taken, as phones write it."""
    place = box(b"udta", box(b"\xa9xyz", b"\0\x12\x15\xc7" + PLACE))
    return (
        box(b"ftyp", brand + b"\0\0\2\0isomiso2")
        + box(b"moov", box(b"mvhd", b"\0" * 100) + box(b"trak", box(b"tkhd")) + place)
        + box(b"mdat", b"\0" * 500)
    )


def mov():
    return mp4(b"qt  ")


def riff(form, *chunks):
    body = b"".join(
        name + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for name, c in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + form + body


def avi():
    return riff(b"AVI ", (b"LIST", b"hdrl" + b"\0" * 64), (b"LIST", b"movi" + b"\0" * 64))


def wav():
    return riff(b"WAVE", (b"fmt ", b"\1\0\1\0" + b"\0" * 12), (b"data", b"\0" * 101))


_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_STREAM = bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365")
VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
AUDIO = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
SCRIPT = bytes.fromhex("301afb1e620bd011a39b00a0c90348f6")
LICENCE = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")


def asf(*streams, further=()):
    """WMV or WMA, by its streams."""

    def made(guid, content):
        return guid + struct.pack("<Q", len(content) + 24) + content

    objects = [made(_STREAM, kind + b"\0" * 38) for kind in streams]
    objects += [made(guid, b"\0" * 20) for guid in further]
    head = b"".join(objects)
    size = struct.pack("<QIBB", len(head) + 30, len(objects), 1, 2)
    return _ASF + size + head + made(_DATA, b"\0" * 100)


def mp3(tag=True, frames=5):
    """128 kbit/s at 44.1 kHz: 417 bytes a frame."""
    head = b"ID3\x03\0\0\0\0\x02\x01" + b"\0" * 257 if tag else b""
    return head + (b"\xff\xfb\x90\x64" + b"\0" * 413) * frames
