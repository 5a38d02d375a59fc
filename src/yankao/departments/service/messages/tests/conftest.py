"""A program of the roads office with keys and templates."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.messages import services
from yankao.departments.service.messages.models import Program, TemplateVersion

PHONE, EMAIL = "0912345678", "wang@example.tw"


@dataclass
class Desk:
    """What the tests do with a program."""

    cast: Any
    program: Program
    sms: TemplateVersion
    email: TemplateVersion

    def key(self, kind: str = "live", *, at=NOW, player: str = "head") -> str:
        issued = services.issue_key(
            program=self.program.uuid,
            name="正式機 A",
            kind=kind,
            actor=self.cast.actor(player),
            at=at,
        )
        return issued.secret

    def token(self, key: str, *, iat: float | None = None, **more: Any) -> str:
        claims = {"iss": key[-73:-37], "iat": int(iat if iat is not None else time.time())}
        return jwt.encode(claims | more, key[-36:], algorithm="HS256")

    def ask(self, key: str, method: str, path: str, body: Any = None, **claims: Any) -> Any:
        header = f"Bearer {self.token(key, **claims)}"
        client = Client(enforce_csrf_checks=True, headers={"Authorization": header})
        if method == "GET":
            return client.get(path)
        return client.post(path, body, content_type="application/json")

    def text(self, key: str, **more: Any) -> Any:
        body = {
            "phone_number": PHONE,
            "template_id": str(self.sms.template.uuid),
            "personalisation": {"name": "王小明", "book": "城市發展"},
        }
        return self.ask(key, "POST", "/v2/notifications/sms", body | more)


def write(program: UUID, actor, channel: str, body: str, subject: str = "") -> TemplateVersion:
    return services.write_template(
        program=program,
        name=f"到館通知 {channel}",
        channel=channel,
        subject=subject,
        body=body,
        actor=actor,
        at=NOW,
    )


@pytest.fixture
def desk(cast) -> Desk:
    head = cast.actor("head")
    program = services.make_program(
        name="圖書預約", agency=head.agency, most_a_day=100, actor=head, at=NOW
    )
    sms = write(program.uuid, head, "sms", "((name)) 您好，((book)) 到館了。")
    email = write(
        program.uuid, head, "email", "((name))：\n((items))\n((late??已逾期。))", "((book)) 到館"
    )
    return Desk(cast, program, sms, email)
