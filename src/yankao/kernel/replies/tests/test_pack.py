"""The city's chains and templates: loaded again, changed, taken away, malformed."""

import pytest

from tests.cast import NOW
from yankao.kernel.replies import queries, services
from yankao.kernel.replies.models import RouteRow, Template, TemplateVersion
from yankao.kernel.replies.tests.conftest import LOADER
from yankao.kernel.replies.tests.toy import KIND
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
HEAD = {"route": "ordinary", "agency": "", "level": "", "steps": "head", "certainty": "?"}


def routes(*rows):
    return services.load_routes(list(rows), actor=LOADER, at=NOW)


def toml(body="甲", **more):
    fields = {"key": "x", "title": "題", "subject": "旨", "body": body, **more}
    text = "\n".join(f'{name} = "{value}"' for name, value in fields.items())
    return {"file": "x.toml", "toml": text}


def texts(*rows):
    return services.load_templates(list(rows), actor=LOADER, at=NOW)


def test_chains_again_are_nothing_new(db) -> None:
    assert routes(HEAD) == 1
    assert routes(HEAD) == 1
    assert Entry.objects.filter(action="kernel.replies.routes_loaded").count() == 1
    routes({**HEAD, "steps": "section head"})
    assert RouteRow.objects.get().steps == "section head"


@pytest.mark.parametrize(
    "change", [{"steps": "king"}, {"steps": ""}, {"level": "x"}, {"steps": "section, head"}]
)
def test_unreadable_chains_change_nothing(change) -> None:
    routes(HEAD)
    with pytest.raises(services.PackMalformed) as refused:
        routes(HEAD, {**HEAD, "route": "mayor", **change})
    assert "3" in refused.value.message
    assert RouteRow.objects.count() == 1


def test_templates_again_changed_gone_and_back() -> None:
    texts(toml())
    texts(toml())
    assert TemplateVersion.objects.count() == 1
    texts(toml("乙"))
    assert [v.body for v in TemplateVersion.objects.order_by("version")] == ["甲", "乙"]
    texts()
    assert Template.objects.get().retired_at == NOW
    texts(toml("乙"))
    assert Template.objects.get().retired_at is None
    assert TemplateVersion.objects.count() == 2


def test_templates_may_name_what_their_kind_has() -> None:
    texts(toml("{{weather}}", kind=KIND))
    for row in (
        toml("{{weather}}"),
        toml("{{nonsense}}", kind=KIND),
        toml("{{"),
        toml(title=""),
        {"file": "x.toml", "toml": "key = ["},
        {"file": "x.toml", "toml": 'key = "x"'},
    ):
        with pytest.raises(services.PackMalformed):
            texts(row)
    assert Template.objects.count() == 1


def test_the_citys_templates_are_not_changed_by_hand(cast) -> None:
    texts(toml())
    template = Template.objects.get()
    with pytest.raises(queries.TemplateUnknown):
        services.retire_template(template_id=template.pk, actor=cast.actor("head"), at=NOW)
