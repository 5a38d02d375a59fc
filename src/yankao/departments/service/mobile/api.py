"""The JSON face: a browser tells that the site was installed."""

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status

from yankao.base.api import our
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.mobile import services
from yankao.kernel.doors import faces as doors

router = Router(tags=["便民一路通"])
DOOR = "service.mobile.installs"


class InstallIn(Schema):
    """On what kind of machine; nothing else is told."""

    kind: Literal["android", "ios", "computer"]


@router.post("/installs", response={204: None}, summary="網站裝到手機或電腦，計一次")
@public
def installs(request: HttpRequest, body: InstallIn) -> Status[None]:
    """Counts one installation; no person, address or machine is kept."""
    ours = our(request)
    doors.admit(ours, door=DOOR)
    with durable():
        services.count_install(kind=body.kind, at=ours.now)
    return Status(204, None)
