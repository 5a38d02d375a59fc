"""The flat, person-free views that the figures of the knowledge base stand on."""

from django.utils.translation import gettext_lazy as _

from yankao.kernel.figures.declarations import (
    BOOLEAN,
    CODE,
    DATE,
    INSTANT,
    INTEGER,
    PUBLIC_TEXT,
    TEXT,
    Column,
    Fact,
)

ENTRIES = Fact(
    name="service.knowledge.entries",
    title=_("知識庫問答"),
    description=_("一列一則發布過的問答；不含草稿、撰寫與核定的人。"),
    relation="fact_service_knowledge_entries",
    columns=(
        Column("entry_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "編號", "number"),
        Column("question", TEXT, "問題", "question", text=PUBLIC_TEXT),
        Column("agency", TEXT, "主辦機關", "agency", text=CODE),
        Column("category", TEXT, "類別", "category", text=CODE),
        Column("first_published_at", INSTANT, "首次發布時間", "first published"),
        Column("ended_at", INSTANT, "下架、合併或過期時間", "withdrawn, merged or expired"),
        Column("revised_on", DATE, "修訂日", "revised"),
        Column("version", INTEGER, "版次", "version"),
    ),
    subject_kind="service.knowledge",
    subject_id="entry_id",
    number="number",
)
REVIEWS = Fact(
    name="service.knowledge.reviews",
    title=_("知識庫定期檢視"),
    description=_("一列一次應做的檢視；下架、合併或移交而不必再做的不在內。"),
    relation="fact_service_knowledge_reviews",
    columns=(
        Column("entry_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "編號", "number"),
        Column("agency", TEXT, "主辦機關", "agency", text=CODE),
        Column("due_at", INSTANT, "期限", "due"),
        Column("reviewed_at", INSTANT, "檢視時間", "reviewed"),
        Column("is_on_time", BOOLEAN, "期限內檢視", "reviewed on time"),
    ),
    subject_kind="service.knowledge",
    subject_id="entry_id",
    number="number",
)
DAYS = Fact(
    name="service.knowledge.days",
    title=_("知識庫每日使用"),
    description=_("一列一則問答的一天：瀏覽幾次、幾次說有幫助、幾次說沒有；不含任何讀者。"),
    relation="fact_service_knowledge_days",
    columns=(
        Column("entry_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "編號", "number"),
        Column("agency", TEXT, "主辦機關", "agency", text=CODE),
        Column("category", TEXT, "類別", "category", text=CODE),
        Column("counted_on", DATE, "日期", "day"),
        Column("views", INTEGER, "瀏覽", "views"),
    ),
    subject_kind="service.knowledge",
    subject_id="entry_id",
    number="number",
)
JUDGEMENTS = Fact(
    name="service.knowledge.judgements",
    title=_("知識庫有沒有幫助"),
    description=_("一列一次回答「有沒有幫助」；不含任何讀者與他寫的話。"),
    relation="fact_service_knowledge_judgements",
    columns=(
        Column("entry_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "編號", "number"),
        Column("agency", TEXT, "主辦機關", "agency", text=CODE),
        Column("category", TEXT, "類別", "category", text=CODE),
        Column("counted_on", DATE, "日期", "day"),
        Column("is_helpful", BOOLEAN, "有幫助", "helpful"),
    ),
    subject_kind="service.knowledge",
    subject_id="entry_id",
    number="number",
)
