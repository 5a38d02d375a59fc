"""Log-in, log-out, password, second factor: the only doors of django-allauth that are open."""

from allauth.account import views
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.urls import path

from yankao.base.routes import public, signed_in
from yankao.kernel.people.account_views import PasskeyAgainView, SecondFactorView
from yankao.kernel.people.forms import FirstPasswordForm

urlpatterns = [
    path(
        "login/",
        public(views.LoginView.as_view(template_name="kernel_people/login.html")),
        name="account_login",
    ),
    path(
        "logout/",
        public(views.LogoutView.as_view(template_name="kernel_people/logout.html")),
        name="account_logout",
    ),
    path(
        "password/change/",
        signed_in(
            views.PasswordChangeView.as_view(template_name="kernel_people/password_change.html")
        ),
        name="account_change_password",
    ),
    path(
        "password/set/",
        signed_in(
            views.PasswordSetView.as_view(
                template_name="kernel_people/password_change.html", form_class=FirstPasswordForm
            )
        ),
        name="account_set_password",
    ),
    path("second-factor/", public(SecondFactorView.as_view()), name="mfa_authenticate"),
    path("passkey/", public(LoginWebAuthnView.as_view()), name="mfa_login_webauthn"),
    path(
        "again/",
        signed_in(views.ReauthenticateView.as_view(template_name="kernel_people/again.html")),
        name="account_reauthenticate",
    ),
    path(
        "again/code/",
        signed_in(CodeAgainView.as_view(template_name="kernel_people/again.html")),
        name="mfa_reauthenticate",
    ),
    path(
        "again/passkey/", signed_in(PasskeyAgainView.as_view()), name="mfa_reauthenticate_webauthn"
    ),
]
