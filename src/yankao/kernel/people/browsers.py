"""A browser's own description in a few words people know."""

_FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Line/", "LINE"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
"""Order matters: everybody claims to be Safari and Linux is in Android."""


def browser_name(described: str) -> str:
    """``Chrome（Windows）``, or "" for a description we do not know."""
    family = _first(_FAMILIES, described)
    system = _first(_SYSTEMS, described)
    return f"{family}（{system}）" if family and system else family or system


def _first(signs: tuple[tuple[str, str], ...], described: str) -> str:
    return next((name for sign, name in signs if sign in described), "")
