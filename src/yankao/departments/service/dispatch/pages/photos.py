"""Deciding whether everybody sees a photo, and covering what nobody shall see."""

import uuid
from typing import Any

from django.contrib import messages
from django.forms import formset_factory
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import Permission
from yankao.kernel.files.rules import MOST_COVERS, WHOLE, Cover

BLANK_ROWS = 3
Covers = formset_factory(
    forms.CoverForm, extra=BLANK_ROWS, max_num=MOST_COVERS, absolute_max=MOST_COVERS
)
PERCENT = WHOLE // 100


@requires(Permission.READ)
def publish(request: Request, number: str, key: uuid.UUID) -> HttpResponse:
    """The photo with its covers: drawn on it, or told in percent; sending makes it public."""
    detail = queries.photo_for(request.actor, number, key)
    covers = Covers(request.POST or None, initial=[_told(cover) for cover in detail.covers or ()])
    if request.method == "POST" and covers.is_valid():
        with durable():
            services.publish_photo(
                number=number,
                photo=key,
                covers=[_cover(row) for row in covers.cleaned_data if row],
                actor=request.actor,
                at=request.now,
            )
        messages.success(request, _("已公開。請看一眼公開的樣子，確認沒有漏遮的臉或車牌。"))
        return redirect("service_dispatch:photo", number=number, key=key)
    context = {"detail": detail, "case": detail.case, "photo": detail.photo, "covers": covers}
    code = 422 if request.method == "POST" else 200
    return render(request, "service_dispatch/photo.html", context, status=code)


@requires(Permission.READ)
@require_POST
def withdraw(request: Request, number: str, key: uuid.UUID) -> HttpResponse:
    """Take the photo back from the public."""
    with durable():
        services.withdraw_photo(number=number, photo=key, actor=request.actor, at=request.now)
    messages.success(request, _("已取消公開。"))
    return redirect("service_dispatch:photo", number=number, key=key)


def _told(cover: Cover) -> dict[str, float]:
    return {
        "left": cover.left / PERCENT,
        "top": cover.top / PERCENT,
        "width": (cover.right - cover.left) / PERCENT,
        "height": (cover.bottom - cover.top) / PERCENT,
    }


def _cover(row: dict[str, Any]) -> Cover:
    left, top = (round(row[name] * PERCENT) for name in ("left", "top"))
    right = min(WHOLE, left + round(row["width"] * PERCENT))
    bottom = min(WHOLE, top + round(row["height"] * PERCENT))
    return Cover(left, top, right, bottom)
