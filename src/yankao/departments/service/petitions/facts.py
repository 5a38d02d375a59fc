"""The flat, person-free view of petitions that figures and open data stand on."""

from django.utils.translation import gettext_lazy as _

from yankao.kernel.figures.declarations import (
    BOOLEAN,
    CODE,
    INSTANT,
    INTEGER,
    TEXT,
    Column,
    Fact,
)

RELATION = "fact_service_petitions_petitions"
"""The SQL view of the migration 0002_facts."""

PETITIONS = Fact(
    name="service.petitions.petitions",
    title=_("人民陳情案件"),
    description=_("一列一件陳情；不含陳情人、主旨與內容。"),
    relation=RELATION,
    columns=(
        Column("petition_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "案號", "case number"),
        Column("item", TEXT, "事項", "item", text=CODE),
        Column("category", TEXT, "事項類別", "item category", text=CODE),
        Column("district", TEXT, "行政區", "district", text=CODE),
        Column("agency", TEXT, "主辦機關", "agency", text=CODE),
        Column("channel", TEXT, "受理管道", "channel", text=CODE),
        Column("received_at", INSTANT, "收件時間", "received"),
        Column("due_at", INSTANT, "答覆期限", "due"),
        Column("done_at", INSTANT, "答覆（或不予處理）時間", "answered or declined"),
        Column("closed_at", INSTANT, "結案時間", "closed"),
        Column("mayor", BOOLEAN, "是否市長信箱", "to the mayor's mailbox"),
        Column("withdrawn", BOOLEAN, "是否撤回", "withdrawn"),
        Column("declined", BOOLEAN, "是否不予處理", "declined under §173"),
        Column("extended", BOOLEAN, "是否展期", "extended"),
        Column("reassigned", BOOLEAN, "是否改分", "reassigned"),
        Column("part", BOOLEAN, "是否由他案分辦", "split off another petition"),
        Column("confidential", BOOLEAN, "是否保密", "confidential"),
    ),
    subject_kind="service.petitions",
    subject_id="petition_id",
    number="number",
)
