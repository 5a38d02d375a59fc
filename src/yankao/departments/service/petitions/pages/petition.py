"""The citizen's petition: one question a page, kept in the session, so that back loses nothing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.petitions import forms, queries, services
from yankao.kernel.casework import mine
from yankao.kernel.casework.drafts import Drafts, carried
from yankao.kernel.casework.forms import ChannelField
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.faces import Guard
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.files.rules import DOCUMENT
from yankao.kernel.places import queries as places

DOOR = "service.petitions.form"
DRAFTS = Drafts("petition", services.UPLOADS.door, DOCUMENT, services.UPLOADS)
RECEIVED = "petition_received"
STEPS = (gettext_lazy("什麼事"), gettext_lazy("說明"), gettext_lazy("聯絡方式"))
BACK = {1: "", 2: "service_petitions:petition", 3: "service_petitions:petition_words"}


@public
def what(request: Request) -> HttpResponse:
    """Step 1: what it is about."""
    items = queries.items_in_force(at=request.now)
    if request.method == "POST":
        chosen = next((item for item in items if item.pk == request.POST.get("item")), None)
        if chosen is not None:
            DRAFTS.keep(request, item=chosen.pk)
            return redirect("service_petitions:petition_words")
        messages.error(request, _("請選擇一個事項。"))
    else:
        _carry(request)
    asked = request.GET.get("q", "").strip()
    shown = [item for item in items if _is_named(item, asked)]
    return _page(request, 1, "what", groups=_by_category(shown), q=asked)


def _carry(request: Request) -> None:
    """What the chat leads here with goes into the draft; what was written already stays."""
    told = {"content": carried(request), "is_to_mayor": request.GET.get("to") == "mayor"}
    draft = DRAFTS.of(request)
    new = {name: value for name, value in told.items() if value and not draft.get(name)}
    if new:
        DRAFTS.keep(request, **new)


def _is_named(item: Any, words: str) -> bool:
    names = (item.name, item.category.name)
    return any(words.lower() in str(said).lower() for n in names for said in (n, local(n)))


def _by_category(items: list[Any]) -> list[tuple[Any, list[Any]]]:
    groups: dict[Any, list[Any]] = {}
    for item in items:
        groups.setdefault(item.category, []).append(item)
    return list(groups.items())


@public
def words(request: Request) -> HttpResponse:
    """Step 2: what happened, where if it is somewhere, files; those kept stay until removed."""
    draft = DRAFTS.of(request)
    if not draft.get("item"):
        return redirect("service_petitions:petition")
    districts = [(district.code, district.name) for district in places.districts()]
    form = forms.WordsForm(*sent(request), initial=draft, districts=districts)
    is_valid = form.is_valid()
    if request.method == "POST" and DRAFTS.keep_files(request, form) and is_valid:
        told = {name: value for name, value in form.cleaned_data.items() if name != "photos"}
        DRAFTS.keep(request, **told)
        if "more" not in request.POST:
            return redirect("service_petitions:petition_contact")
    files = DRAFTS.of(request).get("photos", [])
    return _page(request, 2, "words", form=form, files=files, intake=services.UPLOADS)


@public
def contact(request: Request) -> HttpResponse:
    """Step 3: who petitions, everything once more, and send."""
    draft = DRAFTS.of(request)
    if request.method == "POST" and not draft.get("item") and request.session.get(RECEIVED):
        return redirect("service_petitions:petition_received")  # a second press of the button
    if not draft.get("item") or not draft.get("content"):
        return redirect("service_petitions:petition")
    form = forms.SenderForm(
        *sent(request), initial={"is_to_mayor": draft.get("is_to_mayor", False)}
    )
    guard = Guard(request, door=DOOR)
    if request.method == "POST" and form.is_valid():
        try:
            guard.check()
            request.session[RECEIVED] = _send(request, form)
        except doors.TooManyKnocks:
            raise
        except doors.PuzzleDue:
            pass  # the guard's notice tells, and sends the form again by itself
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            if number := request.session[RECEIVED].get("number"):
                mine.keep_case(request, number)
            DRAFTS.drop(request)
            return redirect("service_petitions:petition_received")
    return _page(request, 3, "contact", form=form, guard=guard, summary=_summary(request))


def _send(request: Request, form: forms.SenderForm) -> dict[str, str]:
    """Receive the petition, or keep the letter to the mayor; what the next page tells."""
    draft, told = DRAFTS.of(request), form.cleaned_data
    how: dict[str, Any] = {
        "matter": services.Matter(
            item=draft["item"],
            title=draft["title"],
            content=draft["content"],
            district=draft.get("district") or None,
            place_words=draft.get("place_words", ""),
        ),
        "sender": services.Sender(
            told["name"],
            told["phone"],
            told["email"],
            told["address"],
            language=get_language() or "",
        ),
        "attached": DRAFTS.files(request),
        "is_confidential": told["is_confidential"],
        "actor": request.actor,
        "at": request.now,
        "intake_key": draft["key"],
    }
    with durable():
        DRAFTS.claim(request)
        if told["is_to_mayor"]:
            by_app = told["channel"] == ChannelField.APP
            waiting = services.send_letter(channel="app" if by_app else "mailbox", **how)
            return {"email": told["email"], "until": waiting.until_at.isoformat()}
        received = services.receive_petition(channel=told["channel"], **how)
    return _kept(received)


def _completed(form: forms.ConfirmForm | None) -> services.Completed | None:
    if form is None:
        return None
    return services.Completed(**form.cleaned_data, language=get_language() or "")


def _kept(received: services.Received) -> dict[str, str]:
    return {"number": received.number, "code": received.code, "token": received.token}


@public
def received(request: Request) -> HttpResponse:
    """Number, check code, what happens next and by when; or: confirm the letter."""
    kept = request.session.get(RECEIVED)
    if kept is None:
        return redirect("service_petitions:petition")
    if "email" in kept:
        return render(request, "service_petitions/letter_sent.html", kept)
    status = queries.status_by_token(kept["token"])
    context = {**kept, "status": status}
    return render(request, "service_petitions/petition_received.html", context)


@public
def confirm(request: Request, token: str) -> HttpResponse:
    """The link in the confirmation mail: a button, so that no mail program presses it."""
    doors.knock(
        door="service.petitions.confirm", who=Knocker.at(client_address(request)), at=request.now
    )
    letter = services.letter_of(token)
    form = _completing(request, letter)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            with durable():
                done = services.confirm_letter(
                    token=token,
                    actor=request.actor,
                    at=request.now,
                    completed=_completed(form),
                )
        except Refused as refusal:
            if form is None or isinstance(refusal, services.LetterEnded):
                raise
            show_refusal(form, refusal)
        else:
            request.session[RECEIVED] = _kept(done)
            mine.keep_case(request, done.number)
            return redirect("service_petitions:petition_received")
    if letter.petition_id is None and (letter.ended_at or request.now > letter.until_at):
        raise services.letter_ended()
    status = 422 if form is not None and form.is_bound else 200
    context = {"letter": letter, "form": form}
    response = render(request, "service_petitions/confirm.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _completing(request: Request, letter: Any) -> forms.ConfirmForm | None:
    """What the sender of a mail is still asked; a letter written here has it all."""
    written = letter.written or {}
    if written.get("channel") != "email":
        return None
    items = queries.items_in_force(at=request.now)
    return forms.ConfirmForm(
        *sent(request),
        initial={"name": written["sender"]["name"], "item": written["matter"]["item"]},
        items=[(item.pk, f"{item.category.name}－{item.name}") for item in items],
        districts=[(district.code, district.name) for district in places.districts()],
    )


def _summary(request: Request) -> dict[str, Any]:
    draft = DRAFTS.of(request)
    names = {item.pk: item.name for item in queries.items_in_force(at=request.now)}
    districts = {district.code: district.name for district in places.districts()}
    return {
        **draft,
        "item_name": names.get(draft["item"], ""),
        "district_name": districts.get(draft.get("district", ""), ""),
    }


def _page(request: Request, step: int, name: str, **context: Any) -> HttpResponse:
    errors = "form" in context and context["form"].is_bound and context["form"].errors
    held = "guard" in context and context["guard"].is_suspect
    return render(
        request,
        f"service_petitions/petition_{name}.html",
        {
            "step": step, "steps": STEPS, "back": BACK[step], "draft": DRAFTS.of(request),
            **context,
        },
        status=422 if errors or held else 200,
    )  # fmt: skip
