"""Shapes of what people type; policy is the services'."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yankao.base.fields import PlainForm
from yankao.departments.data.dashboard.services import (
    FIGURES_AT_MOST,
    LONGEST_NOTE,
    LONGEST_TITLE,
    Content,
)
from yankao.departments.data.dashboard.workflow import Chart, Comparison
from yankao.kernel.casework.forms import offer, why

FIGURE_LIST = "figure-names"
"""The id of the ``<datalist>`` of all figures."""

CHARTS = [
    (Chart.LINE, _("線圖（件數畫成長條）")),
    (Chart.BARS, _("長條圖")),
    (Chart.SHARE, _("占比：各項統計並排")),
    (Chart.NUMBER, _("只有數字與表")),
]
COMPARISONS = [(Comparison.PREVIOUS, _("和前一期比")), (Comparison.LAST_YEAR, _("和去年同期比"))]


def _figure(label: Any, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    """One figure, by name; the list suggests while one types."""
    attrs = {"list": FIGURE_LIST, "autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=120,
        widget=forms.TextInput(attrs=attrs),
    )


def _note(label: Any, help_text: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=LONGEST_NOTE, widget=area
    )


class ContentForm(PlainForm):
    """What a topic says and shows; ``edits`` tells which state of the draft it was written upon."""

    agency = forms.ChoiceField(label=_("製作的機關"))
    topic_class = forms.ChoiceField(label=_("類別"))
    title = forms.CharField(label=_("標題"), max_length=LONGEST_TITLE)
    title_en = forms.CharField(label=_("英文標題"), required=False, max_length=120)
    note = _note(_("說明"), _("用一兩句話告訴民眾這些數字是什麼、為什麼重要。"))
    note_en = _note(_("英文說明"))
    figure_1 = _figure(
        _("第一項統計（代表這個主題）"), _("打幾個字，從清單選，例如「準時率」。"), required=True
    )
    chart = forms.ChoiceField(label=_("圖"), choices=CHARTS)
    comparison = forms.ChoiceField(label=_("句子和什麼比"), choices=COMPARISONS)
    map_figure = forms.ChoiceField(label=_("行政區地圖畫哪一項"), required=False)
    target_figure = _figure(_("目標：哪一項統計"), _("目標的三格都填，或都不填。"))
    target_value = forms.DecimalField(
        label=_("目標：多少"), required=False, max_digits=16, decimal_places=4
    )
    target_source = forms.CharField(
        label=_("目標：依據"),
        required=False,
        max_length=200,
        help_text=_("哪個計畫或哪次會議訂的；還沒有依據就寫「示範值」。"),
    )
    reason = forms.CharField(
        label=_("為什麼修改"), required=False, max_length=300, help_text=_("留在版次紀錄裡。")
    )
    edits = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        classes: Mapping[str, str],
        maps: Iterable[tuple[str, str]],
        agencies: Iterable[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for place in range(2, FIGURES_AT_MOST + 1):
            self.fields[f"figure_{place}"] = _figure(_("第 %(place)s 項統計") % {"place": place})
        first = list(self.fields)
        order = [name for name in first if not name.startswith("figure_")]
        at = order.index("chart")
        figures = [f"figure_{place}" for place in range(1, FIGURES_AT_MOST + 1)]
        self.order_fields([*order[:at], *figures, *order[at:]])
        offer(self, "topic_class", classes.items())
        chosen = self.fields["map_figure"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("不畫地圖")), *maps]
        choices = list(agencies)
        if choices:
            offer(self, "agency", choices)
        else:
            del self.fields["agency"]

    def content(self) -> Content:
        """What was typed, as the services take it."""
        given = self.cleaned_data
        names = [f"figure_{place}" for place in range(1, FIGURES_AT_MOST + 1)]
        plain = [n for n in Content.__dataclass_fields__ if n not in ("figures", "target_value")]
        said: dict[str, Any] = {name: given.get(name, "") for name in plain}
        return Content(
            figures=tuple(filter(None, (given.get(name, "").strip() for name in names))),
            target_value=given.get("target_value"),
            **said,
        )


class ReturnForm(PlainForm):
    """What has to be changed."""

    words = why(_("要改什麼"), _("撰寫的人會看到。"))


class ReasonForm(PlainForm):
    """Why it is withdrawn."""

    reason = why(_("下架的原因"))


class ApproveForm(forms.Form):
    """Which text was read."""

    read = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
