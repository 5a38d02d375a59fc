"""Log-in, log-out, password: the only doors of django-allauth that are open."""

from allauth.account import views
from django.urls import path

from yankao.base.routes import public, signed_in
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
]
