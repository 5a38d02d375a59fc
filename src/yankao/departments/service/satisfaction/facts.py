"""The flat, person-free view of answers that figures stand on."""

from django.utils.translation import gettext_lazy as _

from yankao.kernel.figures.declarations import (
    BOOLEAN,
    CODE,
    DATE,
    INTEGER,
    TEXT,
    Column,
    Fact,
)

ANSWERS = Fact(
    name="service.satisfaction.answers",
    title=_("滿意度答案"),
    description=_(
        "一列一份答案或一份沒有得到的答案；不含文字意見、作答的人與案件。"
        "答案與案件不相連；只有看得到全市紀錄的人能逐列看。"
    ),
    relation="fact_service_satisfaction_answers",
    columns=(
        Column("answer_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "列號", "row number"),
        Column("agency", TEXT, "主辦機關", "agency", text=CODE),
        Column("channel", TEXT, "詢問管道", "channel", text=CODE),
        Column("kind", TEXT, "案件種類", "kind of record", text=CODE),
        Column("survey", TEXT, "調查", "survey", text=CODE),
        Column("counted_on", DATE, "作答或結束詢問之日", "answered or given up"),
        Column("is_valid", BOOLEAN, "有效", "valid"),
        Column("is_satisfied", BOOLEAN, "滿意（第 1、2 級）", "satisfied (levels 1, 2)"),
        Column("is_dissatisfied", BOOLEAN, "不滿意（第 4、5 級）", "dissatisfied (levels 4, 5)"),
        Column("missing", TEXT, "未得到答案的原因", "why missing", text=CODE),
        Column("answer", TEXT, "選的等級，或未得到的原因", "level or why missing", text=CODE),
    ),
    subject_kind="service.satisfaction.answer",
    subject_id="answer_id",
    number="number",
    agency="",
)
