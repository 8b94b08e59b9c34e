"""Which base URLs a token may be sent to."""

import ipaddress
import re
from urllib.parse import urlsplit

_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])", re.IGNORECASE)
_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")


def base_url(text: str, whose: str) -> str:
    """`text` without a trailing slash, when it is https, or plain http on the loopback interface.

    Raises ValueError, in words for the person who set it (`whose` names the API), for any other form: user
    names, numeric hosts and spellings such as `http://0/` or a trailing dot have no good use and several bad
    ones. The text itself is not repeated, for it may hold a password.
    """
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError(f"the {whose} URL holds characters that no URL has")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"the {whose} URL is malformed") from None
    if parts.scheme not in ("https", "http"):
        raise ValueError(f"the {whose} URL must begin with https://")
    if "@" in parts.netloc:
        raise ValueError(f"the {whose} URL must not hold a user name")
    if parts.query or parts.fragment or "?" in text or "#" in text or not _PATH.fullmatch(parts.path):
        raise ValueError(f"the {whose} URL must be a host and at most a plain path")
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError(f"the {whose} URL has no usable port")
    if is_loopback(host):
        return text.rstrip("/")
    if parts.scheme == "http":
        raise ValueError(f"the {whose} URL must be https; plain http is for this machine only")
    if not _NAME.fullmatch(host):
        raise ValueError(f"the {whose} URL must name a host like api.example.com")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """True for `localhost` and loopback addresses in their usual spelling."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback and address.compressed == host


def is_public(address: str) -> bool:
    """False for an IP address that no public host name should lead to: private, loopback, link-local and the like."""
    return ipaddress.ip_address(address.partition("%")[0]).is_global
