"""Letters to a toy town hall instead of a department's records."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.cast import NOW
from yankao.base.registry import System
from yankao.base.subjects import Subject
from yankao.kernel.replies.declarations import Citizen, ReplyBrief

KIND = "toy.matters"
WANG = Citizen(
    name="王小明",
    email="wang@example.tw",
    phone="0912345678",
    address="高雄市苓雅區四維三路 2 號",
    channels=("email", "sms", "letter"),
)


@dataclass
class Matters:
    """Matters of ROADS (1, 2, …); whom else they are shown to and what they say can be changed."""

    kind: str = KIND
    briefs: dict[tuple[int, str], ReplyBrief] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    handled: bool = True
    reply_placeholders = {"weather": "天氣"}
    reply_stages = {"first": "初次回復", "last": "最後回復"}

    def reply_items(self):
        return {"pothole": "坑洞", "noise": "噪音"}

    def reply_brief(self, id, agency):
        return self.briefs.get((id, agency))

    def may_reply(self, actor, id, agency):
        return self.handled and actor.holds("kernel.replies.write", agency)

    def title(self, id):
        return f"玩具案 {id}"

    def address(self, id):
        return f"/toy/{id}/"

    def may_see(self, actor, id):
        return id not in self.hidden and actor.holds("kernel.replies.read")

    def put(self, id=1, agency="ROADS", **told) -> Subject:
        """A matter the agency has to answer."""
        plain = {
            "number": f"T{id:06d}",
            "title": "路面坑洞",
            "citizen": WANG,
            "item": "pothole",
            "item_name": "坑洞",
            "stage": "first",
            "unit": "ROADS-1" if agency == "ROADS" else None,
            "received_at": NOW - timedelta(days=1),
            "due_at": NOW + timedelta(days=5),
            "link": "https://example.tw/status/abc/",
            "values": {"weather": "晴"},
        }
        self.briefs[id, agency] = ReplyBrief(**{**plain, **told})
        return Subject(KIND, id)

    def change(self, id=1, agency="ROADS", **told) -> None:
        """Something changed at the matter."""
        self.briefs[id, agency] = replace(self.briefs[id, agency], **told)

    def clear(self):
        self.briefs.clear()
        self.hidden.clear()
        self.handled = True


MATTERS = Matters()

TOY = System(name="toy.matters", title="玩具案", offers=(MATTERS,))
