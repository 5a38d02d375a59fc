"""What demo mode prepares: one topic of an agency, made through the services by two people."""

from yankao.base import clock
from yankao.base.actors import Actor, Grant
from yankao.base.transactions import durable
from yankao.departments.data.dashboard import queries, services
from yankao.departments.data.dashboard.services import Content
from yankao.departments.data.dashboard.workflow import Permission
from yankao.kernel.people import queries as people

OWNER = "養護工程處"
TOPIC = Content(
    topic_class="transport",
    title="道路養護的速度",
    title_en="How fast roads are mended",
    note="示範資料：機關自己用現有的統計做的主題，由另一位主管核定後公布。",
    note_en="Demo: a topic an agency made of figures that exist, approved by somebody else.",
    figures=("service.dispatch.median_hours", "service.dispatch.done"),
    map_figure="service.dispatch.done",
)


def prepare_demo() -> list[str]:
    """Make the topic where there is none of an agency; returns lines to print."""
    agency = next((one.code for one in people.agencies() if one.name.endswith(OWNER)), None)
    if agency is None or TOPIC.topic_class not in queries.class_names() or queries.has_own():
        return []
    at = clock.now()
    with durable():
        writes, approves = (
            _actor("writes", Permission.WRITE),
            _actor("approves", Permission.APPROVE),
        )
        topic = services.write_topic(content=TOPIC, agency=agency, actor=writes, at=at)
        services.propose(number=topic.number, actor=writes, at=at)
        services.approve(number=topic.number, actor=approves, at=at)
    return ["示範資料：新產生 1 個機關製作的儀表板主題。"]


def _actor(name: str, permission: Permission) -> Actor:
    grants = frozenset({Grant(permission), Grant(Permission.INSIDE)})
    return Actor(key=f"system:dashboard-demo-{name}", name="系統（示範資料）", grants=grants)
