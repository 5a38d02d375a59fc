"""Where a request came from, when a reverse proxy may stand between."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

NO_ADDRESS = "0.0.0.0"  # noqa: S104 – a placeholder kept in records, nothing is bound to it


def client_address(request: HttpRequest) -> str:
    """The last address on the way here that is none of YANKAO_TRUSTED_PROXIES.

    ``X-Forwarded-For`` is read from its end and only behind a trusted proxy: whatever stands before
    the first stranger is that stranger's word. NO_ADDRESS behind a local socket.
    """
    trusted = {_plain(proxy) for proxy in getattr(settings, "YANKAO_TRUSTED_PROXIES", [])}
    nearest = _plain(request.META.get("REMOTE_ADDR", ""))
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if nearest not in trusted or not _plain(hop):
            break
        nearest = _plain(hop)
    return nearest or NO_ADDRESS


def _plain(written: str) -> str:
    """The address without port or brackets, in its shortest form; "" when it is none."""
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
