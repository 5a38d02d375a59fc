"""Pages of django-allauth about second factors, in our words and design."""

from typing import Any

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.http import HttpResponse

from yankao.kernel.people import queries


class SecondFactorView(AuthenticateView):  # type: ignore[misc]
    """After the password: a code, a recovery code, or a passkey."""

    template_name = "kernel_people/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the kinds of factors the person has."""
        kinds = {factor.kind for factor in queries.factors_of(self.stage.login.user.pk)}
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "kinds": kinds}


class PasskeyAgainView(ReauthenticateWebAuthnView):  # type: ignore[misc]
    """A passkey before something that matters."""

    template_name = "kernel_people/passkey_again.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say what is wrong here instead of on the log-in page."""
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return answer
