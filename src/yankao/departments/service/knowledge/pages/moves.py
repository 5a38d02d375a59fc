"""/knowledge/<number>/do/<move>/ – everything that can be done with an entry."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.service.knowledge import forms, queries, services
from yankao.departments.service.knowledge.workflow import Move, Permission
from yankao.kernel.casework.faces import Face, Moving, make
from yankao.kernel.people import queries as people

FACES: dict[Move, Face] = {
    Move.PROPOSE: Face(services.propose, _("送核"), _("已送核，由另一位主管核定後發布。")),
    Move.TAKE_BACK: Face(services.take_back, _("取回修改"), _("已取回，可以繼續修改。")),
    Move.APPROVE: Face(
        services.approve,
        _("核定發布"),
        _("已發布，民眾看得到了。"),
        forms.ApproveForm,
        more=lambda form: {"read": form.cleaned_data["read"]},
    ),
    Move.RETURN: Face(
        services.return_text,
        _("退回修改"),
        _("已退回給撰寫的人。"),
        forms.ReturnForm,
        ("words",),
    ),
    Move.DISCARD: Face(services.discard, _("捨棄草稿"), _("已捨棄，內容還留在版次紀錄裡。")),
    Move.CONFIRM: Face(
        services.confirm, _("檢視過，內容仍正確"), _("已記下今天檢視過，重新計算下次檢視的期限。")
    ),
    Move.WITHDRAW: Face(
        services.withdraw, _("下架"), _("已下架，民眾看不到了。"), forms.ReasonForm, ("reason",)
    ),
    Move.RESTORE: Face(services.restore, _("重新上架"), _("已重新上架。")),
    Move.HAND_OVER: Face(
        services.hand_over,
        _("移交其他機關"),
        _("已移交。"),
        forms.HandOverForm,
        ("agency", "reason"),
    ),
    Move.MERGE: Face(
        services.merge,
        _("併入另一則"),
        _("已合併，這一則的網址會轉到另一則。"),
        forms.MergeForm,
        ("into",),
    ),
    Move.UNMERGE: Face(services.unmerge, _("取消合併"), _("已取消合併，重新上架。")),
}


@requires(Permission.READ)
def act(request: Request, knowledge_number: str, move: str) -> HttpResponse:
    """The form of a move, or the move itself."""
    if move not in FACES:
        raise Http404
    face = FACES[Move(move)]
    found = queries.entry_for(request.actor, knowledge_number, at=request.now)
    back = queries.staff_path(found.entry.number)
    page = Moving(
        number=found.entry.number,
        title=found.entry.question,
        back=back,
        back_words=_("不做了，回這則問答"),
        choices=_choices(Move(move), request, found),
        where_next=lambda: back,
    )
    return make(request, face, page)


def _choices(move: Move, request: Request, found: queries.EntryDetail) -> dict[str, Any]:
    if move is Move.APPROVE:
        return {"initial": {"read": queries.reading_of(found.text)}}
    if move is Move.MERGE:
        return {"initial": {"into": request.GET.get("into", "")}}
    if move is Move.HAND_OVER:
        return {"agencies": [(one.code, one.name) for one in people.agencies()]}
    return {}
