"""What django-allauth asks us about second factors: names, words, how secrets are kept."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yankao.base.errors import Refused
from yankao.kernel.people.browsers import browser_name


class FactorUnreadable(Refused):
    """The secret was kept under another secret key."""


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets lie in the database encrypted; a copy of it alone signs nobody in."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("驗證碼不對，或已經用過。請輸入現在顯示的那一組。"),
    }

    def get_totp_label(self, user: Any) -> str:
        return str(user.account)

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise FactorUnreadable(
                "people.factor_unreadable",
                _now("無法讀取您的驗證設定，請洽帳號管理人清除後重新設定。"),
            ) from None

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """The browser it is made with, which is where it usually lives."""
        described = context.request.headers.get("User-Agent", "")
        return browser_name(described) or _now("通行金鑰")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        host = context.request.get_host().partition(":")[0]
        return {"id": host, "name": settings.CITY["name"]}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.name, "name": user.account}


def _box() -> MultiFernet:
    """The newest secret key writes; the ones before it still read."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet(
        [Fernet(urlsafe_b64encode(sha256(f"people.factors:{k}".encode()).digest())) for k in keys]
    )
