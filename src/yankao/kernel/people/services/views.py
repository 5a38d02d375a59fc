"""Saved views: named filters of a list, a person's own; supervisors may share them."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, NotVisible, Refused
from yankao.base.subjects import Subject
from yankao.kernel.people import permissions
from yankao.kernel.people.models import Person, SavedView
from yankao.kernel.people.queries.views import UNDO_WITHIN
from yankao.kernel.trail import services as trail

KIND = "kernel.people.view"
MOST_VIEWS = 20
LONGEST_TITLE = 30
LONGEST_QUERY = 1000


class ViewUnknown(NotVisible):
    """No view of one's own with this number."""


class ViewMalformed(Invalid):
    """The title is missing, too long or taken, or the query is too long."""


class TooManyViews(Refused):
    """A person has as many views of the list as fit beside each other."""


class SharingForbidden(Forbidden):
    """Only supervisors and heads share views with their agency."""


def save_view(
    *,
    list_name: str,
    title: str,
    query: Mapping[str, str],
    shared: bool,
    actor: Actor,
    at: datetime,
) -> SavedView:
    """Keep filters under a name. The list has cleaned ``query``; using it permits nothing.

    Raises ViewMalformed, TooManyViews, SharingForbidden.
    """
    with transaction.atomic():
        views = _locked_views(actor, list_name)
        _forget_deleted(views, at)
        kept = views.filter(deleted_at__isnull=True)
        _check_room(kept)
        view = SavedView(
            person_id=_person_of(actor),
            list_name=list_name,
            title=_checked_title(title, kept),
            query=_checked_query(query),
            rank=_next_rank(kept),
            shared_with_id=_agency_of(actor) if shared else None,
        )
        view.save()
        _record("saved", view, actor=actor, at=at)
        return view


def change_view(*, view_id: int, title: str, shared: bool, actor: Actor, at: datetime) -> SavedView:
    """Another name, or shared or not. Raises ViewUnknown, ViewMalformed, SharingForbidden."""
    with transaction.atomic():
        view = _own_view(view_id, actor)
        others = _locked_views(actor, view.list_name).filter(deleted_at__isnull=True)
        view.title = _checked_title(title, others.exclude(pk=view.pk))
        if shared != (view.shared_with_id is not None):
            view.shared_with_id = _agency_of(actor) if shared else None
        view.save(update_fields=["title", "shared_with"])
        _record("changed", view, actor=actor, at=at)
        return view


def move_view(*, view_id: int, up: bool, actor: Actor, at: datetime) -> SavedView:
    """One place to the front or the back; at the end it stays. Raises ViewUnknown."""
    with transaction.atomic():
        view = _own_view(view_id, actor)
        views = list(_locked_views(actor, view.list_name).filter(deleted_at__isnull=True))
        place = next(number for number, one in enumerate(views) if one.pk == view.pk)
        other = max(place - 1, 0) if up else min(place + 1, len(views) - 1)
        views[place], views[other] = views[other], views[place]
        for rank, one in enumerate(views):
            one.rank = rank
        SavedView.objects.bulk_update(views, ["rank"])
        return view


def delete_view(*, view_id: int, actor: Actor, at: datetime) -> SavedView:
    """Take a view away; ``restore_view`` brings it back for a moment. Raises ViewUnknown."""
    with transaction.atomic():
        view = _own_view(view_id, actor)
        view.deleted_at = at
        view.save(update_fields=["deleted_at"])
        _record("deleted", view, actor=actor, at=at)
        return view


def restore_view(*, view_id: int, actor: Actor, at: datetime) -> SavedView:
    """Have a view back that was deleted a moment ago.

    Raises ViewUnknown, ViewMalformed when its name is taken meanwhile, TooManyViews.
    """
    with transaction.atomic():
        view = _own_view(view_id, actor, is_deleted=True)
        if view.deleted_at is None or view.deleted_at < at - UNDO_WITHIN:
            raise _unknown()
        kept = _locked_views(actor, view.list_name).filter(deleted_at__isnull=True)
        _check_room(kept)
        _checked_title(view.title, kept)
        view.deleted_at = None
        view.save(update_fields=["deleted_at"])
        _record("restored", view, actor=actor, at=at)
        return view


def _own_view(view_id: int, actor: Actor, *, is_deleted: bool = False) -> SavedView:
    _lock_owner(actor)
    views = SavedView.objects.filter(person=actor.person_id, pk=view_id)
    view = views.filter(deleted_at__isnull=not is_deleted).first()
    if view is None:
        raise _unknown()
    return view


def _unknown() -> ViewUnknown:
    return ViewUnknown("people.view_unknown", _("找不到這個檢視，可能已經刪除。"))


def _locked_views(actor: Actor, list_name: str) -> QuerySet[SavedView]:
    _lock_owner(actor)
    return SavedView.objects.filter(person=actor.person_id, list_name=list_name)


def _lock_owner(actor: Actor) -> None:
    """Two who change the views of one person wait for each other."""
    if Person.objects.select_for_update().filter(pk=_person_of(actor)).first() is None:
        raise _unknown()


def _person_of(actor: Actor) -> int:
    if actor.person_id is None:
        raise _unknown()
    return actor.person_id


def _forget_deleted(views: QuerySet[SavedView], at: datetime) -> None:
    views.filter(deleted_at__lt=at - UNDO_WITHIN).delete()


def _check_room(kept: QuerySet[SavedView]) -> None:
    if kept.count() >= MOST_VIEWS:
        message = _("一份清單最多存 %(most)s 個檢視。請先刪除不用的。")
        raise TooManyViews("people.too_many_views", message % {"most": MOST_VIEWS})


def _checked_title(title: str, others: QuerySet[SavedView]) -> str:
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        message = _("請給檢視一個名稱，最多 %(most)s 字。") % {"most": LONGEST_TITLE}
        raise ViewMalformed("people.view_title", message, "title")
    if others.filter(title=title).exists():
        raise ViewMalformed("people.view_taken", _("您已有同名的檢視，請換個名稱。"), "title")
    return title


def _checked_query(query: Mapping[str, str]) -> str:
    text = urlencode(query)
    if len(text) > LONGEST_QUERY:
        raise ViewMalformed("people.view_too_long", _("篩選條件太長，請縮短搜尋文字。"), "title")
    return text


def _next_rank(kept: QuerySet[SavedView]) -> int:
    last = kept.aggregate(last=Max("rank"))["last"]
    return 0 if last is None else last + 1


def _agency_of(actor: Actor) -> str:
    if actor.agency is None or not actor.holds(permissions.SHARE_VIEWS, actor.agency):
        raise SharingForbidden("people.sharing_forbidden", _("由科長或首長把檢視分享給機關。"))
    return actor.agency


def _record(what: str, view: SavedView, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor=actor,
        action=f"kernel.people.view_{what}",
        subject=Subject(KIND, view.pk),
        at=at,
        new={"list": view.list_name, "shared_with": view.shared_with_id},
        personal={"title": view.title, "query": view.query},
    )
