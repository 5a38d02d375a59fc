"""Who may sign in at all."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]
    """Account and password; a person switched off, or a demo person outside demo mode, never.

    Open sessions of such a person end too: Django asks ``user_can_authenticate`` each request.
    """

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.is_active) and (settings.YANKAO_DEMO or not user.is_demo)

    def _check_password(
        self, user: AbstractBaseUser | None, password: str
    ) -> AbstractBaseUser | None:
        """Whoever may not sign in gets the same answer as a wrong password.

        allauth would set such a person aside and show that the password was right.
        """
        if user is None:
            return None
        self._did_check_password = True
        allowed = user.check_password(password) and self.user_can_authenticate(user)
        return user if allowed else None
