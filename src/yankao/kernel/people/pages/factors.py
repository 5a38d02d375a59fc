"""/me/second-factor/ – my second factors: the app, passkeys, recovery codes."""

from collections.abc import Callable
from typing import TypeVar

from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import clear_totp_secret
from allauth.mfa.webauthn.internal.auth import begin_registration
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from yankao.base.http import Request
from yankao.base.routes import signed_in
from yankao.base.transactions import durable
from yankao.kernel.people import queries, services
from yankao.kernel.people.adapter import home_of
from yankao.kernel.people.factor_forms import FirstCodeForm, PasskeyForm, PasskeyNameForm
from yankao.kernel.people.qr import qr_code
from yankao.kernel.people.words import factor_title

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
again: Callable[[View], View] = reauthentication_required(app="allauth.mfa")
"""Only with the password (or a factor) given in the last five minutes."""


@signed_in
def factors(request: Request) -> HttpResponse:
    """Which factors I have, what more I can set up; the first page of staff without any."""
    person = request.user
    mine, codes_left = queries.factors_and_codes_of(person.pk)
    context = {
        "factors": mine,
        "has_app": any(factor.kind == "totp" for factor in mine),
        "codes_left": codes_left,
        "is_due": person.second_factor_at is None and _must_have(request),
    }
    return render(request, "kernel_people/factors.html", context)


@signed_in
@never_cache
@again
def set_up_app(request: Request) -> HttpResponseBase:
    """Show the key as a QR code and as text; the first code proves that the app has it."""
    form = FirstCodeForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        had_one = request.user.second_factor_at is not None
        with durable():
            person = services.add_app(secret=form.secret, actor=request.actor, at=request.now)
        clear_totp_secret(request)
        messages.success(request, _("已設定驗證程式。"))
        return _after_adding(request, person, had_one=had_one)
    address = get_adapter().build_totp_url(request.user, form.secret)
    parts = [form.secret[i : i + 4] for i in range(0, len(form.secret), 4)]
    context = {"form": form, "qr": qr_code(address), "app_address": address, "parts": parts}
    return _form_page(request, "kernel_people/factor_app.html", context)


@signed_in
@never_cache
@again
def add_passkey(request: Request) -> HttpResponseBase:
    """Let the browser make a passkey; needs JavaScript, as passkeys do."""
    form = PasskeyForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        had_one = request.user.second_factor_at is not None
        with durable():
            person = services.add_passkey(
                name=form.cleaned_data["name"],
                credential=form.cleaned_data["credential"],
                actor=request.actor,
                at=request.now,
            )
        messages.success(request, _("已加入通行金鑰。"))
        return _after_adding(request, person, had_one=had_one)
    context = {"form": form, "options": begin_registration(request.user, passwordless=True)}
    return _form_page(request, "kernel_people/factor_passkey.html", context)


@signed_in
@again
def rename_passkey(request: Request, factor_id: int) -> HttpResponseBase:
    """Call a passkey something else."""
    factor = _factor(request, factor_id)
    form = PasskeyNameForm(request.POST or None, initial={"name": factor.name})
    if request.method == "POST" and form.is_valid():
        with durable():
            services.rename_passkey(
                factor_id=factor_id, **form.cleaned_data, actor=request.actor, at=request.now
            )
        messages.success(request, _("已更改名稱。"))
        return redirect("kernel_people:factors")
    return _form_page(request, "kernel_people/factor_rename.html", {"form": form})


@signed_in
@again
def remove_factor(request: Request, factor_id: int) -> HttpResponseBase:
    """Ask once, then remove the app or a passkey."""
    factor = _factor(request, factor_id)
    if request.method == "POST":
        with durable():
            person = services.remove_factor(
                factor_id=factor_id, actor=request.actor, at=request.now
            )
        update_session_auth_hash(request, person)
        sentence = _("已移除%(factor)s。") % {"factor": factor_title(factor.kind)}
        messages.success(request, sentence)
        return redirect("kernel_people:factors")
    is_last = len(queries.factors_of(request.user.pk)) == 1
    context = {
        "factor": factor,
        "is_last": is_last,
        "may_not": is_last and _must_have(request),
    }
    return render(request, "kernel_people/factor_remove.html", context)


@signed_in
@never_cache
@again
def recovery_codes(request: Request) -> HttpResponse:
    """The codes not used yet, to print or keep; with ``?format=txt`` as a file."""
    codes = queries.recovery_codes(request.user.pk)
    if request.GET.get("format") == "txt":
        return _as_file(request, codes)
    context = {"codes": codes, "start": home_of(request.actor)}
    return render(request, "kernel_people/recovery_codes.html", context)


@signed_in
@require_POST
@again
def make_recovery_codes(request: Request) -> HttpResponseBase:
    """Make them anew."""
    with durable():
        services.make_recovery_codes(actor=request.actor, at=request.now)
    messages.success(request, _("已產生新的備用碼，舊的全部作廢。"))
    return redirect("kernel_people:recovery_codes")


def _must_have(request: Request) -> bool:
    return queries.must_have_factor(request.actor, is_demo=request.user.is_demo)


def _factor(request: Request, factor_id: int) -> queries.FactorView:
    mine = queries.factors_of(request.user.pk)
    factor = next((factor for factor in mine if factor.id == factor_id), None)
    if factor is None:
        raise services.FactorUnknown(
            "people.factor_unknown", _("找不到這項驗證方式，可能已經移除。")
        )
    return factor


def _after_adding(request: Request, person: object, *, had_one: bool) -> HttpResponseBase:
    """The first factor ended all other sessions and made recovery codes to be kept now."""
    if had_one:
        return redirect("kernel_people:factors")
    update_session_auth_hash(request, person)  # type: ignore[arg-type]
    return redirect("kernel_people:recovery_codes")


def _as_file(request: Request, codes: list[str]) -> HttpResponse:
    head = _("%(account)s 的備用碼（每組只能用一次，請妥善保管）") % {
        "account": request.user.account
    }
    response = HttpResponse("\r\n".join([head, *codes, ""]), content_type="text/plain")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response


def _form_page(request: Request, template: str, context: dict[str, object]) -> HttpResponse:
    form: object = context["form"]
    status = 422 if getattr(form, "errors", None) else 200
    return render(request, template, context, status=status)
