"""``/ui/``: every component once, with sample content, in both faces. All of it is made up."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yankao.base.actors import Actor
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.templatetags.ui import room

ICONS = (
    "ok today late paused closed info check close left right up down plus search filter sort "
    "download print link person deputy phone question here pin camera photo speak mail steps "
    "road flood lamp tree signal car broom paw mountain tap bolt flame "
    "message move notice view clock note"
)
TONES = (
    ("ok", _("準時")),
    ("today", _("今日到期")),
    ("late", _("逾期")),
    ("paused", _("暫停")),
    ("closed", _("已結")),
    ("info", _("新進")),
    ("neutral", _("一般")),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    item = forms.ChoiceField(
        label=_("您看到什麼？"),
        choices=[("hole", _("路面坑洞")), ("light", _("路燈不亮")), ("tree", _("路樹倒伏"))],
        widget=forms.RadioSelect(attrs={"class": "yk-choices"}),
    )
    ways = forms.MultipleChoiceField(
        label=_("怎麼通知您？"),
        required=False,
        choices=[("sms", _("簡訊")), ("email", _("電子郵件"))],
        widget=forms.CheckboxSelectMultiple,
    )
    place = forms.CharField(
        label=_("位置"),
        help_text=_("寫路名和附近的店家、燈桿號碼，師傅才找得到。"),
        error_messages={"required": _("請寫下位置")},
    )
    district = forms.ChoiceField(
        label=_("行政區"), choices=[("", _("請選擇")), ("1", _("範例區"))], required=False
    )
    on = forms.DateField(
        label=_("日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
    )
    words = forms.CharField(label=_("說明"), required=False, widget=forms.Textarea({"rows": 4}))
    photo = forms.FileField(
        label=_("照片"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "data-yk-photos": True}),
    )
    agreed = forms.BooleanField(label=_("同意承辦人打電話問我細節"), required=False)


def _sample_dates(request: Request) -> dict[str, Any]:
    now = request.now
    return {
        "soon": now + timedelta(minutes=80),
        "later": now + timedelta(days=3, hours=2),
        "past": now - timedelta(days=2, minutes=5),
        "before": now - timedelta(hours=5),
    }


def _entries(request: Request) -> list[dict[str, Any]]:
    at = request.now
    return [
        {
            "at": at - timedelta(minutes=10),
            "kind": "photo",
            "title": _("報告完成"),
            "who": "範例工務所",
            "body": "坑洞已填補並壓實，附修復後照片。",
        },
        {
            "at": at - timedelta(hours=2),
            "kind": "notice",
            "title": _("簡訊已送達通報人"),
            "who": _("系統"),
        },
        {
            "at": at - timedelta(hours=3),
            "kind": "move",
            "title": _("承辦人受理"),
            "who": "範例 承辦人",
        },
        {
            "at": at - timedelta(hours=4),
            "kind": "message",
            "title": _("民眾通報"),
            "body": "機車差點摔倒，請儘快處理。",
        },
    ]


def _steps(request: Request) -> list[dict[str, Any]]:
    at = request.now
    return [
        {"title": _("已收到通報"), "state": "done", "at": at - timedelta(hours=4)},
        {"title": _("機關受理"), "state": "done", "at": at - timedelta(hours=3)},
        {
            "title": _("處理中"),
            "state": "now",
            "text": _("依規定應於今天 18:20 前處理完成。"),
        },
        {"title": _("完成並告訴您結果"), "state": "next"},
    ]


def _lists(request: Request) -> dict[str, Any]:
    return {
        "tones": [{"tone": tone, "word": word} for tone, word in TONES],
        "entries": _entries(request),
        "steps": _steps(request),
        "chips": [
            {"label": _("行政區：範例區"), "url": "?a"},
            {"label": _("逾期"), "url": "?b"},
        ],
        "views": [
            {"title": _("我的"), "url": "?v=1", "count": 12, "current": True},
            {"title": _("本單位"), "url": "?v=2", "count": 48},
            {"title": _("今日到期"), "url": "?v=3", "count": 5, "tone": "today"},
            {"title": _("逾期"), "url": "?v=4", "count": 2, "tone": "late"},
        ],
        "actions": [
            {"title": _("受理"), "url": "#", "key": "a"},
            {"title": _("退回"), "url": "#", "tone": "secondary", "key": "r"},
            {"title": _("作廢"), "url": "#", "tone": "warning"},
        ],
        "refused": [{"title": _("結案"), "reason": _("要先有查驗結果，才能結案。")}],
        "rows": [
            {"term": _("項目"), "value": _("路面坑洞")},
            {"term": _("地點"), "value": "範例區範例路 1 號前"},
            {"term": _("期限"), "value": _("4 小時"), "note": _("示範值")},
        ],
        "points": [
            {
                "lat": _map_opens("lat") + step * 0.008,
                "lng": _map_opens("lng") + step * 0.006,
                "title": f"範例案件 {step + 1}",
                "text": "路面坑洞",
                "tone": tone,
            }
            for step, tone in enumerate(("late", "today", "ok", "closed"))
        ],
    }


def _map_opens(name: str) -> float:
    """Where the city's maps open, so that the sample points lie on its land."""
    return float(settings.CITY["map"][name])


@public
def gallery(request: Request) -> HttpResponse:
    """Both faces: ``/ui/`` and ``/ui/?face=staff``; ``&errors`` shows the form with mistakes."""
    is_staff = request.GET.get("face") == "staff"
    context = {
        **_sample_dates(request),
        **_lists(request),
        "layout": "layouts/staff.html" if is_staff else "layouts/public.html",
        "form": SampleForm({} if "errors" in request.GET else None),
        "icons": ICONS,
        "page_obj": Paginator(range(187), 20).get_page(request.GET.get("page", 4)),
        "point": {"lat": _map_opens("lat"), "lng": _map_opens("lng")},
    }
    if is_staff:
        context["actor"] = Actor(key="person:0", name="範例 承辦人", acting_for="範例 科長")
        context["rail"] = _rail()
    return render(request, "gallery.html", context)


def _rail() -> list[dict[str, Any]]:
    def entry(title: Any, url_name: str, badge: int | None = None) -> dict[str, Any]:
        return {
            "title": title, "url_name": url_name, "address": reverse(url_name), "badge": badge,
            "counts": badge is not None, "icon": room(url_name), "is_here": url_name == "base:ui",
        }  # fmt: skip

    return [
        {"title": "", "entries": [entry(_("我的工作"), "base:ui", 17),
                                  entry(_("通知"), "kernel_notices:inbox", 3)]},
        {"title": _("辦理"), "entries": [entry(_("案件"), "service_dispatch:cases")]},
        {"title": _("成果"), "entries": [entry(_("統計"), "kernel_figures:list")]},
        {"title": _("管理"), "entries": [entry(_("工作日"), "kernel_calendar:month"),
                                         entry(_("軌跡"), "kernel_trail:entries")]},
    ]  # fmt: skip
