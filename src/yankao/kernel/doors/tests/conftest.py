"""Doors, scopes and keys of the tests' own."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import NOW, Cast
from yankao.base import registry
from yankao.kernel.doors import services
from yankao.kernel.doors.declarations import ApiScope, Door

FORM, API = "test.form", "test.api"
POST_SCOPE, READ_SCOPE = "test.post", "test.read"


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two doors and two scopes beside what the house declares."""
    own: tuple[object, ...] = (
        Door(FORM, "表單", limits=((5, 3600), (7, 86_400)), puzzle_after=2),
        Door(API, "介面", limits=((3, 600),)),
        ApiScope(POST_SCOPE, "送出"),
        ApiScope(READ_SCOPE, "讀取"),
    )
    known = registry.offers

    def offers(kind: type[Any]) -> tuple[Any, ...]:
        return (*known(kind), *(offer for offer in own if isinstance(offer, kind)))

    monkeypatch.setattr(registry, "offers", offers)


@pytest.fixture
def issue(cast: Cast) -> Callable[..., services.Issued]:
    """The least valid key, issued by the administrator at NOW."""

    def issue_key(**changes: Any) -> services.Issued:
        arguments: dict[str, Any] = {
            "application": "道路通",
            "purpose": "把民眾的通報送進來",
            "scopes": [POST_SCOPE],
            "quota_per_day": 3,
            "expires_on": None,
            "actor": cast.actor("administrator"),
            "at": NOW,
        }
        return services.issue_key(**{**arguments, **changes})

    return issue_key
