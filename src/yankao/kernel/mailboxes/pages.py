"""/mail/: how the mailboxes are, letters set aside, and what is to become of them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from yankao.base.errors import Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.kernel.mailboxes import permissions, queries, services
from yankao.kernel.mailboxes.forms import ThrowAwayForm
from yankao.kernel.mailboxes.permissions import DECIDE, STATE
from yankao.kernel.mailboxes.rules import State

app_name = "kernel_mailboxes"


@requires(STATE)
@require_GET
def mails(request: Request) -> HttpResponse:
    """The mailboxes, and letters that wait for somebody or were passed over."""
    view = request.GET.get("view", "")
    is_skipped = view == State.SKIPPED
    counts = queries.counts()
    context = {
        "boxes": queries.box_rows(at=request.now),
        "page_obj": queries.mails_for(request.actor, state=view, page=request.GET.get("page", 1)),
        "may_decide": permissions.may_decide(request.actor),
        "is_skipped": is_skipped,
        "views": [
            _view(_("待處理"), "/mail/", counts["aside"], current=not is_skipped),
            _view(_("已略過"), "/mail/?view=skipped", counts["skipped"], current=is_skipped),
        ],
    }
    return render(request, "kernel_mailboxes/mails.html", context)


def _view(title: str, url: str, count: int, *, current: bool) -> dict[str, object]:
    return {"title": title, "url": url, "count": count, "current": current}


@requires(DECIDE)
@never_cache
def mail(request: Request, mail_id: int) -> HttpResponse:
    """A letter's words, and the two things that can be done; reading it is written down."""
    form = ThrowAwayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                services.wish_to_throw_away(
                    mail_id=mail_id, actor=request.actor, at=request.now, **form.cleaned_data
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("下一次收信時會從郵件伺服器刪除。"))
            return redirect("kernel_mailboxes:mails")
    with durable():
        row = services.read_letter(mail_id=mail_id, actor=request.actor, at=request.now)
    context = {"row": row, "form": form, "facts": _facts(row)}
    status = 422 if form.is_bound else 200
    return render(request, "kernel_mailboxes/mail.html", context, status=status)


def _facts(row: queries.MailRow) -> list[dict[str, object]]:
    lines = [
        (_("信箱"), row.mailbox),
        (_("寄件人（可能是假的）"), row.sender),
        (_("原因"), row.reason),
        (_("說明"), row.detail),
    ]
    return [{"term": term, "value": value} for term, value in lines if value]


@requires(DECIDE)
@require_POST
def take_in(request: Request, mail_id: int) -> HttpResponse:
    """Let a letter in after all."""
    with durable():
        services.wish_to_take_in(mail_id=mail_id, actor=request.actor, at=request.now)
    messages.success(request, _("下一次收信時會收下這封信，約一分鐘內。"))
    return redirect("kernel_mailboxes:mails")


urlpatterns = [
    path("mail/", mails, name="mails"),
    path("mail/<int:mail_id>/", mail, name="mail"),
    path("mail/<int:mail_id>/take-in/", take_in, name="take_in"),
]
