"""Versions that stay, answers bound to theirs, the page's form."""

import pytest
from django.db import transaction

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.kernel.forms import queries, services
from yankao.kernel.forms.forms import AnswerForm, QuestionForm
from yankao.kernel.forms.models import AnswerSheet, FormVersion
from yankao.kernel.forms.rules import read_shape
from yankao.kernel.forms.tests.test_rules import LEVEL, SHAPE, SLOW, WHY, WORDS
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
ACTOR = system_actor("test")
QUESTIONS = {"questions": [LEVEL, WHY, SLOW, WORDS]}
SHORT = {"questions": [LEVEL]}


def draft(shape=QUESTIONS):
    return services.save_draft(
        form="toy", title="玩具", title_en="Toy", shape=shape, actor=ACTOR, at=NOW
    )


def published(shape=QUESTIONS):
    return services.publish_version(version_id=draft(shape).pk, actor=ACTOR, at=NOW)


def test_a_draft_is_overwritten_a_published_version_followed():
    first = draft()
    assert draft(SHORT).pk == first.pk
    services.publish_version(version_id=first.pk, actor=ACTOR, at=NOW)
    second = services.copy_version(version_id=first.pk, actor=ACTOR, at=NOW)
    assert (second.version, second.shape) == (2, SHORT)
    assert queries.published("toy").version == 1
    assert [one.version for one in queries.versions_of("toy")] == [2, 1]


def test_published_twice_is_refused():
    one = published()
    with pytest.raises(services.NotDraft):
        services.publish_version(version_id=one.pk, actor=ACTOR, at=NOW)
    with pytest.raises(queries.FormUnknown):
        services.publish_version(version_id=0, actor=ACTOR, at=NOW)


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_holds_a_published_version(act):
    one = published()
    rows = FormVersion.objects.filter(pk=one.pk)
    with pytest.raises(Exception, match="never changed"), transaction.atomic():
        rows.update(shape=SHORT) if act == "update" else rows._raw_delete("default")


def test_a_shape_that_is_wrong_is_not_kept():
    with pytest.raises(services.ShapeRefused):
        draft({"questions": [WHY]})
    assert not FormVersion.objects.exists()


def test_loading_again_is_nothing_new_and_other_questions_are_refused():
    told = {"form": "toy", "title": "玩具", "title_en": "", "version": 3, "actor": ACTOR, "at": NOW}
    pk = services.load_version(shape=QUESTIONS, **told)
    assert services.load_version(shape=QUESTIONS, **told) == pk
    with pytest.raises(services.PublishedChanged):
        services.load_version(shape=SHORT, **told)


def test_answers_are_kept_with_their_version_and_only_the_day():
    one = published()
    sheet = services.keep_answers(
        version_id=one.pk, answers={"level": "1", "why": ["rude"]}, at=NOW
    )
    assert queries.answers_of([sheet.pk]) == {sheet.pk: {"level": "1"}}
    assert sheet.answered_on.isoformat() == "2026-03-04"


def test_answers_that_do_not_fit_are_not_kept():
    one = published()
    with pytest.raises(services.AnswersRefused) as refused:
        services.keep_answers(version_id=one.pk, answers={"level": "4"}, at=NOW)
    assert refused.value.field == "why"
    with pytest.raises(queries.FormUnknown):
        services.keep_answers(version_id=draft().pk, answers={"level": "1"}, at=NOW)
    assert not AnswerSheet.objects.exists()


def test_publishing_leaves_a_trail():
    published()
    actions = Entry.objects.values_list("action", flat=True)
    assert set(actions) == {"kernel.forms.drafted", "kernel.forms.published"}


def test_the_page_has_fieldsets_and_links_to_the_mistake():
    form = AnswerForm({"q-level": "4"}, shape=SHAPE)
    assert not form.is_valid()
    assert list(form.errors) == ["why"]
    page = str(form)
    assert page.count("<fieldset") == 2
    assert "前面選「不滿意、非常不滿意」時才需要回答。" in page
    assert "data-yk-show-if" in page
    assert " required" not in page


def test_the_page_keeps_only_what_was_shown():
    data = {"q-level": "2", "q-why": ["slow", "rude"], "q-days": "x", "q-words": "<b>好</b>"}
    form = AnswerForm(data, shape=SHAPE)
    assert form.is_valid(), form.errors
    assert form.answers == {"level": "2", "words": "<b>好</b>"}


def test_english_where_there_is_any(settings):
    from django.utils import translation

    with translation.override("en"):
        form = AnswerForm(shape=read_shape(SHORT))
        assert form.fields["level"].label == "Satisfied?"
        assert "Very dissatisfied" in str(form)


def test_markup_in_a_form_is_words():
    shape = read_shape(
        {"questions": [{"name": "a", "kind": "text", "zh": "<b>一</b>", "hint_zh": "<i>x</i>"}]}
    )
    for page in (AnswerForm(shape=shape), QuestionForm(question=shape.question("a"))):
        assert "<b>" not in str(page)
        assert "<i>" not in str(page)
        assert "&lt;b&gt;一" in str(page)
