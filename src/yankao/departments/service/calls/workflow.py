"""Names of permissions, states and kinds. What a call goes through is told by the exchange."""

from enum import StrEnum

from yankao.departments.service.calls.rules.states import LIVE, OVER, Happened, State

__all__ = ["KIND", "LIVE", "OVER", "CallKind", "Happened", "Permission", "State", "SwapState"]

KIND = "service.calls"


class Permission(StrEnum):
    DESK = "service.calls.desk"
    READ = "service.calls.read"
    SUPERVISE = "service.calls.supervise"
    ATTRIBUTES = "service.calls.attributes"


class SwapState(StrEnum):
    """Asked → agreed → approved; or it came to nothing."""

    ASKED = "asked"
    AGREED = "agreed"
    APPROVED = "approved"
    REFUSED = "refused"


class CallKind(StrEnum):
    """What a call was about: 諮詢, 錄案, 其他."""

    INQUIRY = "inquiry"
    RECORDED = "recorded"
    OTHER = "other"
