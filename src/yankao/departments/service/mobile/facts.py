"""The view of installations; reports by the app are facts of their systems."""

from django.utils.translation import gettext_lazy as _

from yankao.kernel.figures.declarations import (
    CODE,
    INSTANT,
    INTEGER,
    TEXT,
    Column,
    Fact,
)

INSTALLS = Fact(
    name="service.mobile.installs",
    title=_("網站安裝次數"),
    description=_("一列一天、一種裝置；不含是誰、哪一支手機、從哪裡連線。"),
    relation="fact_service_mobile_installs",
    columns=(
        Column("count_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "列號", "row number"),
        Column("kind", TEXT, "裝置", "kind of machine", text=CODE),
        Column("day_at", INSTANT, "哪一天（零時）", "day (its midnight)"),
        Column("installs", INTEGER, "安裝次數", "installations"),
    ),
    subject_kind="service.mobile.installs",
    subject_id="count_id",
    number="number",
    agency="",
)
