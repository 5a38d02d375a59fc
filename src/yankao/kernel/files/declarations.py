"""What systems declare: forms that take files in pieces."""

from dataclasses import dataclass

from yankao.base import registry
from yankao.kernel.files.rules import Limits


@dataclass(frozen=True, slots=True)
class Intake:
    """Offered: uploads for a form, with its limits; ``door`` counts who begins one."""

    name: str
    limits: Limits
    door: str


def intake(name: str) -> Intake | None:
    """The intake of that name."""
    return next((one for one in registry.offers(Intake) if one.name == name), None)
