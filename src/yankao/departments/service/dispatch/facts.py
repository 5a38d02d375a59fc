"""The flat, person-free view of dispatch that figures and open data stand on."""

from django.utils.translation import gettext_lazy as _

from yankao.kernel.figures.declarations import (
    BOOLEAN,
    CODE,
    DECIMAL,
    INSTANT,
    INTEGER,
    TEXT,
    Column,
    Fact,
)

RELATION = "fact_service_dispatch_cases"
"""The SQL view of the migration 0007_facts_join_what_is_asked."""

CASES = Fact(
    name="service.dispatch.cases",
    title=_("派工案件"),
    description=_("一列一個派工案件；不含通報人、描述與座標。"),
    relation=RELATION,
    columns=(
        Column("case_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "案號", "case number"),
        Column("item", TEXT, "項目", "item", text=CODE),
        Column("item_group", TEXT, "項目類別", "item group", text=CODE),
        Column("district", TEXT, "行政區", "district", text=CODE),
        Column("agency", TEXT, "主辦機關", "agency", text=CODE),
        Column("channel", TEXT, "受理管道", "channel", text=CODE),
        Column("received_at", INSTANT, "受理時間", "received"),
        Column("due_at", INSTANT, "承諾期限", "due (first promise)"),
        Column("done_at", INSTANT, "回報完成時間（未被退回者）", "reported done (standing)"),
        Column("closed_at", INSTANT, "結案時間", "closed"),
        Column("seconds", DECIMAL, "受理到完成的秒數", "seconds from receipt to done"),
        Column("outcome_known", BOOLEAN, "處理結果是否已知", "outcome known"),
        Column("place_known", BOOLEAN, "地點是否明確", "place known"),
        Column("cancelled", BOOLEAN, "是否註銷", "cancelled"),
        Column("joined", BOOLEAN, "是否併入他案", "joined to another case"),
        Column("part", BOOLEAN, "是否由他案分辦", "split off another case"),
        Column("urgent", BOOLEAN, "是否急件", "urgent"),
    ),
    subject_kind="service.dispatch",
    subject_id="case_id",
    number="number",
)
