"""The flat, person-free views of conversations and questions that figures stand on."""

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

QUESTIONS = Fact(
    name="service.bot.questions",
    title=_("智能客服提問"),
    description=_("一列一個提問；不含問了什麼、誰問的。招呼與道謝不算。"),
    relation="fact_service_bot_questions",
    columns=(
        Column("question_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "列號", "row number"),
        Column("channel", TEXT, "詢問管道", "channel", text=CODE),
        Column("asked_at", INSTANT, "提問時間", "asked at"),
        Column("is_answered", BOOLEAN, "有回答", "answered"),
        Column("agency", TEXT, "答案的機關", "agency of the answer", text=CODE),
        Column("is_helpful", BOOLEAN, "有幫助（沒有表示為空）", "helpful (empty: not said)"),
    ),
    subject_kind="service.bot.question",
    subject_id="question_id",
    number="number",
    agency="",
)
PEOPLE = Fact(
    name="service.bot.people",
    title=_("智能客服使用人次"),
    description=_("一列一段對話；對話以隨機號碼分辨，不知道是誰。"),
    relation="fact_service_bot_people",
    columns=(
        Column("conversation_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "列號", "row number"),
        Column("channel", TEXT, "詢問管道", "channel", text=CODE),
        Column("started_at", INSTANT, "第一次提問的時間", "first asked at"),
    ),
    subject_kind="service.bot.conversation",
    subject_id="conversation_id",
    number="number",
    agency="",
)
