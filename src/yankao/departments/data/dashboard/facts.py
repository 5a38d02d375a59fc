"""Obligations across the city as flat, person-free rows: each promise of each agency once."""

from django.utils.translation import gettext_lazy as _

from yankao.kernel.figures.declarations import BOOLEAN, CODE, INSTANT, INTEGER, TEXT, Column, Fact

SUBJECT = "data.dashboard.obligation"

OBLIGATIONS = Fact(
    name="data.dashboard.obligations",
    title=_("應辦事項"),
    description=_(
        "一列一項義務：哪個機關在什麼期限前要辦什麼種類的事；不含承辦人、案由與地點。"
        "改分給別的機關時，原機關的那一項不再要求，接手的機關另有一項。"
    ),
    relation="fact_data_dashboard_obligations",
    columns=(
        Column("obligation_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "案號", "case number"),
        Column("kind", TEXT, "種類", "kind of obligation", text=CODE),
        Column("agency", TEXT, "負責機關", "agency that owes it", text=CODE),
        Column("district", TEXT, "行政區", "district", text=CODE),
        Column("opened_at", INSTANT, "起算時間", "opened"),
        Column("due_at", INSTANT, "期限", "due"),
        Column("promised_due_at", INSTANT, "最初的期限", "due as first promised"),
        Column("fulfilled_at", INSTANT, "完成時間", "fulfilled"),
        Column("ended_at", INSTANT, "結束時間（完成或不再要求）", "fulfilled or lapsed"),
        Column("lapsed", BOOLEAN, "是否不再要求", "lapsed"),
        Column("paused", BOOLEAN, "是否暫停計時", "paused"),
    ),
    subject_kind=SUBJECT,
    subject_id="obligation_id",
    number="number",
)
