"""Shape of input at second factors, in our words; what is right is checked behind them."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yankao.kernel.people.codes import factor_of_code


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """A code of the app, or a recovery code, when signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_code(self, _("驗證碼或備用碼"))

    def clean_code(self) -> str:
        """The code, used up."""
        return _used_up(self)


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """A code before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_code(self, _("驗證碼或備用碼"))

    def clean_code(self) -> str:
        """The code, used up."""
        return _used_up(self)


class FirstCodeForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app: proof that it has the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_code(self, _("驗證程式現在顯示的 6 位數字"))


_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)
"""What the library raises for an answer no browser gives."""


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey: its name and the browser's answer. Always one that asks who is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        _word_name(self)
        self.fields["name"].required = False

    def clean(self) -> dict[str, Any]:
        """The answer fits the question asked in this session."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except _MALFORMED:
            raise _passkey_wrong() from None
        return cleaned


class _PasskeyAnswer:
    """Whatever was sent in place of a passkey's answer is refused, not stumbled over."""

    def clean_credential(self) -> Any:
        """The passkey that answered."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (*_MALFORMED, forms.ValidationError):
            raise _passkey_wrong() from None


class PasskeySignInForm(_PasskeyAnswer, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in place of account and password."""


class PasskeyCodeForm(_PasskeyAnswer, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey after the password."""


class PasskeyAgainForm(_PasskeyAnswer, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey before something that matters."""


class PasskeyNameForm(forms.Form):
    """What a passkey is called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_name(self)


def _passkey_wrong() -> forms.ValidationError:
    return forms.ValidationError(_now("這把通行金鑰無法使用，請再試一次，或改用其他方式。"))


def _used_up(form: Any) -> str:
    """In place of allauth's own check, which counts in one process only."""
    code = str(form.cleaned_data["code"])
    form.authenticator = factor_of_code(context.request, form.user, code)
    if form.authenticator is None:
        raise get_adapter().validation_error("incorrect_code")
    form.authenticator.user = form.user
    return code


def _word_code(form: forms.Form, label: Any) -> None:
    field = form.fields["code"]
    field.label = label
    field.error_messages["required"] = _now("請填寫驗證碼。")
    field.widget.attrs = {
        "class": "govuk-input--width-10",
        "inputmode": "numeric",
        "autocomplete": "one-time-code",
        "spellcheck": "false",
    }


def _word_name(form: forms.Form) -> None:
    form.fields["name"] = forms.CharField(
        label=_("名稱"),
        max_length=60,
        help_text=_("讓您認得是哪一把，例如：公務手機、辦公室電腦。"),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
        error_messages={"required": _("請填寫名稱。")},
    )
