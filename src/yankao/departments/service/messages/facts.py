"""The flat, person-free view of messages that leave the house."""

from django.utils.translation import gettext_lazy as _

from yankao.kernel.figures.declarations import (
    CODE,
    DECIMAL,
    INSTANT,
    INTEGER,
    TEXT,
    Column,
    Fact,
)

LETTERS = Fact(
    name="service.messages.letters",
    title=_("簡訊與電子郵件"),
    description=_("一列一則簡訊或電子郵件；不含收件人與內文。"),
    relation="fact_service_messages_letters",
    columns=(
        Column("letter_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "訊息編號", "message id"),
        Column("agency", TEXT, "付費機關", "agency that pays", text=CODE),
        Column("channel", TEXT, "管道", "channel", text=CODE),
        Column("kind", TEXT, "種類", "kind", text=CODE),
        Column("created_at", INSTANT, "建立時間", "created"),
        Column("sent_at", INSTANT, "送出時間", "sent"),
        Column("delivered_at", INSTANT, "送達時間", "delivered"),
        Column("failed_at", INSTANT, "確定未送達時間", "failed"),
        Column("failure", TEXT, "未送達的種類", "kind of failure", text=CODE),
        Column("parts", INTEGER, "簡訊則數", "parts of a text message"),
        Column("cost_twd", DECIMAL, "費用（新臺幣元）", "cost (TWD)"),
        Column("possible_doubles", INTEGER, "可能重複的次數", "possible doubles"),
    ),
    subject_kind="kernel.notices.notice",
    subject_id="letter_id",
    number="number",
)
