"""Draws the icons of the installed site from the favicon: ``python -m tools.app_icons``.

The pictures are kept in the repository, so that building the assets needs no program for it.
"""

from pathlib import Path

import vl_convert

IMAGES = Path(__file__).resolve().parents[1] / "frontend" / "src" / "images"
FAVICON = IMAGES / "favicon.svg"
SIZE = 40
"""Sides of the favicon's own drawing."""


def drawing(*, whole: bool) -> str:
    """The favicon; ``whole`` = its ground to the edges, for systems that cut their own shape.

    The mark lies inside the middle four fifths, which no shape cuts into.
    """
    svg = FAVICON.read_text(encoding="utf-8")
    svg = svg.replace("<svg ", f'<svg width="{SIZE}" height="{SIZE}" ', 1)
    return svg.replace('rx="10" ', "") if whole else svg


def main() -> None:
    """Write every icon anew."""
    folder = IMAGES / "app"
    folder.mkdir(exist_ok=True)
    for name, pixels, whole in (
        ("icon-192", 192, False),
        ("icon-512", 512, False),
        ("maskable-192", 192, True),
        ("maskable-512", 512, True),
        ("apple-180", 180, True),
    ):
        png = vl_convert.svg_to_png(drawing(whole=whole), scale=pixels / SIZE)
        (folder / f"{name}.png").write_bytes(png)


if __name__ == "__main__":
    main()
