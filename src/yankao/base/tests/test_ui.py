"""What components promise to assistive technology and to the content security policy."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from yankao.base import gallery
from yankao.base.actors import ANONYMOUS, Actor
from yankao.base.errors import Refused
from yankao.base.templatetags import ui

NOW = datetime(2025, 7, 31, 6, 20, tzinfo=UTC)
OFFICER = Actor(key="person:1", name="承辦")
TEMPLATES = Path(__file__).resolve().parents[3] / "yankao"


class Ids(HTMLParser):
    """Ids of a page, what refers to them, and what a policy without inline code would block."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.blocked: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.ids += [named["id"]] if "id" in named else []
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.references += named.get(name, "").split()
        if (
            "style" in named
            or tag == "style"
            or any(re.fullmatch("on[a-z]+", name) for name in named)
        ):
            self.blocked.append(f"<{tag} {named}>")
        is_data = named.get("type") in {"application/json", "application/ld+json"}
        if tag == "script" and "src" not in named and not is_data:
            self.blocked.append(f"<{tag}>")


@pytest.fixture(params=["/ui/", "/ui/?face=staff", "/ui/?errors", "/ui/?face=staff&errors"])
def page(request: pytest.FixtureRequest) -> str:
    asked = RequestFactory().get(request.param)
    asked.now, asked.actor = NOW, ANONYMOUS
    asked._messages = []
    return gallery.gallery(asked).content.decode()


def test_references_lead_to_ids_and_ids_are_unique(page: str) -> None:
    found = Ids(page)
    assert len(found.ids) == len(set(found.ids))
    assert set(found.references) <= set(found.ids)


def test_nothing_inline_for_the_policy_to_block(page: str) -> None:
    assert Ids(page).blocked == []


def test_there_is_one_first_heading_and_no_level_is_left_out(page: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_no_template_has_an_inline_style_or_script() -> None:
    for template in TEMPLATES.rglob("templates/**/*.html"):
        assert Ids(template.read_text(encoding="utf-8")).blocked == [], template


class Sample(forms.Form):
    place = forms.CharField(label="位置", help_text="寫路名")
    item = forms.ChoiceField(
        label="項目", choices=[("a", "坑洞"), ("b", "路燈")], widget=forms.RadioSelect
    )
    kept = forms.CharField(label="<b>名</b>", required=False, initial="<script>")


class TestForms:
    """Labels, hints and errors are tied to their inputs; what was typed stays."""

    def test_hint_and_error_describe_the_input(self) -> None:
        html = str(Sample({})["place"].as_field_group())
        assert 'aria-describedby="id_place_helptext id_place_error"' in html
        assert 'aria-invalid="true"' in html
        assert 'id="id_place_error"' in html

    def test_choices_stand_in_a_named_fieldset(self) -> None:
        html = str(Sample({})["item"].as_field_group())
        assert html.index("<fieldset") < html.index("<legend") < html.index('type="radio"')
        assert 'aria-describedby="id_item_error"' in html

    def test_summary_leads_to_each_mistake(self) -> None:
        form = Sample({})
        summary = render_to_string("ui/error_summary.html", {"form": form})
        markup = summary + str(form)
        targets = re.findall(r'<a href="#([^"]+)"', summary)
        assert targets == ["id_place", "id_item_0"]
        assert all(f'id="{target}"' in markup for target in targets)

    def test_no_mistake_no_summary(self) -> None:
        html = render_to_string(
            "ui/error_summary.html", {"form": Sample({"place": "x", "item": "a"})}
        )
        assert html.strip() == ""

    def test_typed_text_stays_and_is_escaped(self) -> None:
        html = str(Sample({"place": '"><script>', "kept": "x"}))
        assert "<script>" not in html
        assert "&quot;&gt;&lt;script&gt;" in html
        assert "<b>名</b>" not in html

    def test_optional_says_so(self) -> None:
        form = Sample()
        assert "（選填）" in str(form["kept"].as_field_group())
        assert "（選填）" not in str(form["place"].as_field_group())

    def test_own_class_joins_the_components(self) -> None:
        form = Sample()
        form.fields["place"].widget.attrs["class"] = "govuk-input--width-10"
        assert 'class="govuk-input govuk-input--width-10"' in str(form["place"])


def render(text: str, **context: object) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


def test_moment_is_readable_by_people_and_machines() -> None:
    html = render("{{ at|moment }}|{{ none|moment }}", at=NOW, none=None)
    assert html == (
        '<time datetime="2025-07-31T14:20+08:00">114/07/31（四）14:20</time>|<span>—</span>'
    )


def test_clock_tells_state_by_icon_word_and_time() -> None:
    html = render_to_string("ui/clock.html", {"due_at": NOW - timedelta(days=2), "now": NOW})
    assert "icons.svg#late" in html
    assert "逾期：" in html
    assert "逾 2 日" in html
    assert "114/07/29" in html


def test_an_icon_speaks_only_when_it_has_a_title() -> None:
    assert 'aria-hidden="true"' in ui.icon("camera")
    assert 'aria-label="拍照"' in ui.icon("camera", "拍照")
    assert "<b>" not in ui.icon("camera", "<b>")


def test_pagination_keeps_the_rest_of_the_query() -> None:
    context = {
        "page_obj": Paginator(range(95), 10).get_page(5),
        "query": QueryDict("q=%E5%9D%91&page=5&tag=a&tag=b"),
    }
    html = render_to_string("ui/pagination.html", context)
    assert "?q=%E5%9D%91&amp;page=6&amp;tag=a&amp;tag=b" in html
    assert "第 41–50 筆，共 95 筆" in html
    assert html.count('aria-current="page"') == 1


def test_post_action_carries_the_token_and_a_refused_one_its_reason() -> None:
    html = render_to_string(
        "ui/actions.html",
        {
            "actions": [{"title": "受理", "url": "/x/", "method": "post", "key": "a"}],
            "refused": [{"title": "結案", "reason": "要先查驗"}],
        },
        request=_asked(),
    )
    assert 'name="csrfmiddlewaretoken"' in html
    assert 'data-key="a"' in html
    assert "要先查驗" in html


def _asked():
    request = RequestFactory().get("/")
    request.now, request.actor, request._messages = NOW, ANONYMOUS, []
    return request


@pytest.mark.parametrize(
    ("actor", "status", "frame"),
    [
        (ANONYMOUS, 404, "yk-public"),
        (OFFICER, 403, "yk-staff"),
        (OFFICER, 404, "yk-staff"),
        (OFFICER, 500, "yk-public"),
        (None, 500, "yk-public"),
    ],
)
def test_refusals_stand_in_the_frame_one_works_in(
    actor: Actor | None, status: int, frame: str
) -> None:
    """After an accident the frame asks the database nothing: its counters may be what broke."""
    refusal = type("R", (Refused,), {"status": status})("base.sample", "請改用<電話>")
    html = render_to_string("refused.html", {"refusal": refusal, "actor": actor, "rail": ()})
    assert f'class="{frame}"' in html
    assert "請改用&lt;電話&gt;" in html
    assert "base.sample" in html


def test_a_toast_for_each_message() -> None:
    html = render_to_string(
        "ui/toasts.html", {"messages": [type("M", (), {"level_tag": "error"})()]}
    )
    assert html.count("data-yk-toast") == 1
    assert 'aria-live="polite"' in html


@pytest.mark.parametrize("name", gallery.ICONS.split())
def test_icons_of_the_gallery_are_drawn(name: str) -> None:
    drawn = (TEMPLATES.parents[1] / "frontend/src/icons.mjs").read_text(encoding="utf-8")
    assert re.search(rf"^  {name}: ", drawn, re.MULTILINE)


def test_select_escapes_names_and_marks_what_is_chosen() -> None:
    class Chosen(forms.Form):
        what = forms.ChoiceField(
            choices=[("<1>", "<b>一</b>"), ("群", [("2", "二"), ("3", mark_safe("<i>三</i>"))])],
            widget=forms.Select(attrs={"class": "x", "data-on": True, "data-off": False}),
        )

    html = str(Chosen({"what": "2"})["what"])
    assert '<option value="&lt;1&gt;">&lt;b&gt;一&lt;/b&gt;</option>' in html
    assert '<optgroup label="群"><option value="2" selected>二</option>' in html
    assert "<i>三</i></option></optgroup></select>" in html
    assert 'class="govuk-select x"' in html
    assert html.count("class=") == 1
    assert " data-on" in html
    assert "data-off" not in html
