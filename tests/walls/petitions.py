"""Petitions of every agency: each text carries a mark, some are secret, handed over, split, copied.

``CONTENT`` is what the citizen wrote, ``SAID`` what colleagues say among themselves, ``TOLD`` what
may have been told to whoever has the link, ``DRAFT`` an answer that has not left the house.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.walls.world import (
    BEGAN,
    P_ADDRESS,
    P_CONTENT,
    P_DRAFT,
    P_EMAIL,
    P_FILE,
    P_NAME,
    P_PHONE,
    P_SAID,
    P_TOLD,
    World,
)
from yankao.base.actors import Actor, Grant
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.workflow import KIND, Permission
from yankao.kernel.files.services import Kept
from yankao.kernel.replies import services as replies

DESK = Actor(key="system:walls", name="walls", grants=frozenset({Grant(Permission.TAKE_IN)}))
ITEM = "parking"


class PetitionMaker:
    """One petition an agency, in turn of six fates; one more that nobody has signed in."""

    def __init__(self, world: World, file: Kept) -> None:
        self.world, self.file, self.clock = world, file, BEGAN

    def make_all(self) -> None:
        fates = (
            self.drafted, self.secret, self.handed_over, self.split, self.copied, self.secret_draft,
        )  # fmt: skip
        for place, agency in enumerate(self.world.agencies):
            fates[place % len(fates)](agency, self.world.agencies[place - 1])

    def tick(self) -> datetime:
        self.clock += timedelta(seconds=30)
        return self.clock

    def say(self, case: Petition, kind: str = P_SAID) -> str:
        """Words said with the next move."""
        return self.world.mint(kind, case.pk, self.clock + timedelta(seconds=30)).text

    def received(self, agency: str, **how: Any) -> Petition:
        world, at = self.world, self.tick()
        kinds = (P_NAME, P_EMAIL, P_PHONE, P_ADDRESS, P_CONTENT, P_CONTENT, P_CONTENT, P_FILE)
        minted = [world.mint(kind, 0, at) for kind in kinds]
        name, email, phone, address, title, content, place, file = minted
        received = services.receive_petition(
            matter=services.Matter(
                ITEM, title.text, content.text, world.homes[agency][1], place.text
            ),
            sender=services.Sender(
                name.text, world.telephone(phone.serial, "0971"),
                email.text.replace(" ", ".") + "@walls.example", address.text,
            ),
            attached=[replace(self.file, name=file.text.replace(" ", "-") + ".png")],
            channel="letter", agency=agency, actor=DESK, at=at, **how,
        )  # fmt: skip
        for secret in minted:
            owned = replace(secret, owner=received.petition_id)
            world.secrets[secret.kind, secret.serial] = owned
        return Petition.objects.get(pk=received.petition_id)

    def move(self, case: Petition, role: str, act: Any, **how: Any) -> Petition:
        case.refresh_from_db()
        actor = self.world.actors[str(case.agency_id), role]
        act(number=case.number, actor=actor, at=self.tick(), **how)
        return case

    def accepted(self, agency: str, **how: Any) -> Petition:
        return self.move(self.received(agency, **how), "OFFICER", services.accept_petition)

    def drafted(self, agency: str, _other: str) -> Petition:
        case = self.accepted(agency)
        replies.write_draft(
            subject=Subject(KIND, case.pk), agency=agency, version=0,
            subject_line=self.say(case, P_DRAFT), body=self.say(case, P_DRAFT),
            actor=self.world.actors[agency, "OFFICER"], at=self.tick(),
        )  # fmt: skip
        return case

    def secret(self, agency: str, _other: str) -> Petition:
        """More time is asked for: its reason is secret too. Every other is to the mayor."""
        to_mayor = self.world.agencies.index(agency) % 4 == 1
        case = self.accepted(agency, is_to_mayor=to_mayor)
        reason = self.say(case)
        self.move(case, "OFFICER", services.ask_extension, amount=1, reason=reason)
        return self.move(case, "SUPERVISOR", services.conceal_petition, reason=self.say(case))

    def secret_draft(self, agency: str, other: str) -> Petition:
        case = self.drafted(agency, other)
        return self.move(case, "HEAD", services.conceal_petition, reason=self.say(case))

    def handed_over(self, agency: str, other: str) -> Petition:
        """The new owner signs it in and asks the citizen."""
        case = self.accepted(agency)
        reason = self.say(case)
        self.move(case, "SUPERVISOR", services.reassign_petition, agency=other, reason=reason)
        self.move(case, "OFFICER", services.accept_petition)
        reason = self.say(case, P_TOLD)
        return self.move(case, "OFFICER", services.wait_for_citizen, reason=reason)

    def split(self, agency: str, other: str) -> Petition:
        """A part for another agency; the part carries words of its own and those of the whole."""
        case = self.accepted(agency)
        text = self.world.mint(P_CONTENT, 0, self.clock)
        self.move(case, "SUPERVISOR", services.split_petition,
                  parts=[services.Part(other, text.text)])  # fmt: skip
        part = Petition.objects.get(whole=case.pk)
        self.world.secrets[text.kind, text.serial] = replace(text, owner=part.pk)
        return case

    def copied(self, agency: str, other: str) -> Petition:
        case = self.accepted(agency)
        return self.move(case, "SUPERVISOR", services.copy_petition, agency=other)
