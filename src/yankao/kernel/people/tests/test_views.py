"""Saved views: one's own, few, named once, shared by supervisors, deleted with a way back."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import NOW, PLAYERS, Cast
from yankao.base.errors import Refused
from yankao.kernel.people import queries, services
from yankao.kernel.people.models import SavedView
from yankao.kernel.people.services.views import MOST_VIEWS

pytestmark = pytest.mark.django_db
LIST = "service.dispatch.cases"


def save(cast: Cast, title: str = "東區", player: str = "officer", **how: Any) -> SavedView:
    given: dict[str, Any] = {
        "list_name": LIST, "query": {"state": "open"}, "shared": False, "at": NOW,
    }  # fmt: skip
    return services.save_view(title=title, actor=cast.actor(player), **{**given, **how})


def titles(cast: Cast, player: str = "officer") -> list[str]:
    return [view.title for view in queries.views_for(cast.actor(player), LIST)]


def code_of(act: Any) -> str:
    with pytest.raises(Refused) as refusal:
        act()
    return refusal.value.code


def test_views_are_ones_own(cast: Cast) -> None:
    save(cast)
    assert titles(cast) == ["東區"]
    assert titles(cast, "second_officer") == []
    (view,) = queries.views_for(cast.actor("officer"), LIST)
    assert (view.query, view.is_own, view.is_shared) == ({"state": "open"}, True, False)


@pytest.mark.parametrize("title", ["", "   ", "長" * 31, "a\x07b", "\u202eabc"])
def test_titles_are_short_words(cast: Cast, title: str) -> None:
    assert code_of(lambda: save(cast, title)) == "people.view_title"


def test_a_name_is_taken_once_a_list(cast: Cast) -> None:
    save(cast, "東區")
    assert code_of(lambda: save(cast, " 東區 ")) == "people.view_taken"
    save(cast, "東區", list_name="another")
    save(cast, "東區", player="second_officer")


def test_there_is_room_for_some(cast: Cast) -> None:
    views = [save(cast, f"v{number}") for number in range(MOST_VIEWS)]
    assert code_of(lambda: save(cast, "more")) == "people.too_many_views"
    actor = cast.actor("officer")
    services.delete_view(view_id=views[0].pk, actor=actor, at=NOW)
    save(cast, "more")
    restore = {"view_id": views[0].pk, "actor": actor, "at": NOW}
    assert code_of(lambda: services.restore_view(**restore)) == "people.too_many_views"


def test_a_long_query_is_refused(cast: Cast) -> None:
    assert code_of(lambda: save(cast, query={"q": "長" * 400})) == "people.view_too_long"


@pytest.mark.parametrize("player", PLAYERS[1:])
def test_who_may_share(cast: Cast, player: str) -> None:
    if player in {"supervisor", "head"}:
        save(cast, player=player, shared=True)
        assert titles(cast, "officer") == ["東區"]
        assert titles(cast, "other_officer") == []
        assert titles(cast, "citizen") == []
    else:
        act = lambda: save(cast, player=player, shared=True)  # noqa: E731
        assert code_of(act) == "people.sharing_forbidden"


def test_another_persons_view_cannot_be_touched(cast: Cast) -> None:
    view = save(cast, player="supervisor", shared=True)
    how = {"view_id": view.pk, "actor": cast.actor("officer"), "at": NOW}
    for act in (
        lambda: services.change_view(title="x", shared=False, **how),
        lambda: services.move_view(up=True, **how),
        lambda: services.delete_view(**how),
        lambda: services.restore_view(**how),
    ):
        assert code_of(act) == "people.view_unknown"


def test_order_and_names_change(cast: Cast) -> None:
    views = [save(cast, title) for title in "abc"]
    how = {"actor": cast.actor("officer"), "at": NOW}
    services.move_view(view_id=views[2].pk, up=True, **how)
    assert titles(cast) == ["a", "c", "b"]
    services.move_view(view_id=views[0].pk, up=True, **how)
    services.move_view(view_id=views[1].pk, up=False, **how)
    assert titles(cast) == ["a", "c", "b"], "the ends stay the ends"
    services.change_view(view_id=views[0].pk, title="甲", shared=False, **how)
    assert titles(cast) == ["甲", "c", "b"]
    change = {"view_id": views[0].pk, "title": "b", "shared": False, **how}
    assert code_of(lambda: services.change_view(**change)) == "people.view_taken"


def test_deleting_has_a_way_back_for_a_while(cast: Cast) -> None:
    view, actor = save(cast), cast.actor("officer")
    services.delete_view(view_id=view.pk, actor=actor, at=NOW)
    assert titles(cast) == []
    assert queries.deleted_view(actor, view.pk, NOW) is not None
    services.restore_view(view_id=view.pk, actor=actor, at=NOW + timedelta(minutes=1))
    assert titles(cast) == ["東區"]
    services.delete_view(view_id=view.pk, actor=actor, at=NOW)
    late = {"view_id": view.pk, "actor": actor, "at": NOW + timedelta(hours=1)}
    assert code_of(lambda: services.restore_view(**late)) == "people.view_unknown"
    assert queries.deleted_view(actor, view.pk, NOW + timedelta(hours=1)) is None
    save(cast, at=NOW + timedelta(hours=1))
    assert SavedView.objects.count() == 1, "what cannot come back is gone"


def test_pages(cast: Cast) -> None:
    client, address = cast.client("officer"), f"/me/views/{LIST}/"
    assert "還沒有自己的檢視" in client.get(address).content.decode()
    client.post(f"{address}save/", {"title": "<b>東</b>", "query": "state=open"})
    page = client.get(address).content.decode()
    assert "&lt;b&gt;東" in page
    view = SavedView.objects.get()
    answer = client.post(f"/me/view/{view.pk}/delete/")
    assert "復原" in client.get(answer.url).content.decode()
    client.post(f"/me/view/{view.pk}/restore/")
    client.post(f"/me/view/{view.pk}/change/", {"title": "西", "shared": "on"})
    assert titles(cast) == ["<b>東</b>"], "an officer shares nothing"
    client.post(f"/me/view/{view.pk}/change/", {"title": "西"})
    assert titles(cast) == ["西"]
    assert client.get("/me/views/nothing/").status_code == 404
    assert cast.client("administrator").get(address).status_code == 403
    assert cast.client("anonymous").get(address).status_code == 302
