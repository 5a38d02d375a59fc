"""The flat, person-free view of pushes that the figure stands on."""

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.citizens.workflow import KIND
from yankao.kernel.figures.declarations import (
    CODE,
    DATE,
    INTEGER,
    TEXT,
    Column,
    Fact,
)

PUSHES = Fact(
    name="service.citizens.pushes",
    title=_("推播"),
    description=_("一列一天的一類推播：推播服務收下幾則、沒有收下幾則；不含任何收件人。"),
    relation="fact_service_citizens_pushes",
    columns=(
        Column("push_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "列號", "row number"),
        Column("category", TEXT, "類別", "category", text=CODE),
        Column("counted_on", DATE, "日期", "day"),
        Column("sent", INTEGER, "收下的則數", "taken by the services"),
        Column("failed", INTEGER, "沒有收下的則數", "not taken"),
    ),
    subject_kind=KIND,
    subject_id="push_id",
    number="number",
    agency="",
)
