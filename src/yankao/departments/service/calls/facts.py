"""The flat, person-free view of calls that figures stand on."""

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

CALLS = Fact(
    name="service.calls.calls",
    title=_("1999 通話"),
    description=_("一列一通電話；不含號碼、話務人員與內容，時間只到半小時。"),
    relation="fact_service_calls_calls",
    columns=(
        Column("call_id", INTEGER, "系統內部編號", "internal id"),
        Column("number", TEXT, "通話編號", "call number"),
        Column("queue", TEXT, "佇列", "queue", text=CODE),
        Column("began_at", INSTANT, "來電的半小時", "half-hour of the call"),
        Column("kind", TEXT, "種類", "kind", text=CODE),
        Column("classified", BOOLEAN, "已分類", "classified"),
        Column("at_once", BOOLEAN, "當場答復", "answered at once"),
        Column("answered", BOOLEAN, "已接聽", "answered"),
        Column("abandoned", BOOLEAN, "未接通即掛斷", "abandoned"),
        Column("wait_seconds", DECIMAL, "等候秒數", "seconds waited"),
        Column("rated", BOOLEAN, "有按鍵評分", "rated"),
        Column("satisfied", BOOLEAN, "滿意（第 1、2 級）", "satisfied (levels 1, 2)"),
    ),
    subject_kind="service.calls",
    subject_id="call_id",
    number="number",
    agency="",
)
