"""QR codes as one path, which needs no inline style and scales without loss."""

from dataclasses import dataclass

import qrcode  # type: ignore[import-untyped]

QUIET = 4
"""Modules of white around, as the standard asks."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """``path`` draws the dark modules, one unit each, in a square of ``size``."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The text as a QR code."""
    code = qrcode.QRCode(border=QUIET)
    code.add_data(text)
    rows = code.get_matrix()
    dark = ((x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return QrCode(size=len(rows), path="".join(f"M{x} {y}h1v1h-1z" for x, y in dark))
