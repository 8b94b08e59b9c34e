"""What Google's token endpoint is shown: a user's refresh token, or an assertion that a service account signs."""

import base64
import json
import time
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from planhook.sources.google_fetch import ServiceAccount, UserAccess

SCOPE = "https://www.googleapis.com/auth/calendar.events.readonly"
AUDIENCE = "https://oauth2.googleapis.com/token"  # also where a proxy stands before it
_LIFE_S = 3600  # the longest that Google takes
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def sign_in_form(access: UserAccess | ServiceAccount) -> Callable[[], Mapping[str, str]]:
    """What makes the form that is posted for an access token."""
    if isinstance(access, ServiceAccount):
        return lambda: {"grant_type": _GRANT, "assertion": _assertion(access, int(time.time()))}
    form = {
        "grant_type": "refresh_token",
        "client_id": access.client_id,
        "client_secret": access.client_secret,
        "refresh_token": access.refresh_token,
    }
    return lambda: form


def _assertion(account: ServiceAccount, now: int) -> str:
    """A JWT (RS256) by which the account asks for a token at `now`, in seconds since 1970."""
    header = {"alg": "RS256", "typ": "JWT", "kid": account.key_id}
    claims = {"iss": account.email, "scope": SCOPE, "aud": AUDIENCE, "iat": now, "exp": now + _LIFE_S}
    if account.subject:
        claims["sub"] = account.subject
    signed = b".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    key = load_pem_private_key(account.private_key.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the key of a service account is an RSA key")
    return b".".join((signed, _base64url(key.sign(signed, PKCS1v15(), SHA256())))).decode()


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
