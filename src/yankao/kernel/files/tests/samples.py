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
