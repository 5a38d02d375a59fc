"""Who acts. Resolved once a request by ``kernel.people`` and passed on as ``actor=``."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission held at an agency (or only one unit of it); agency None = everywhere."""

    permission: str
    agency: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts.

    ``key`` is stable ("person:12", "anonymous", "system:dispatch-import"); ``name`` is what history
    shows. ``acting_for`` is the name of the principal a deputy stands in for, ``principal_key`` the
    principal's key.
    """

    key: str
    name: str
    person_id: int | None = None
    agency: str | None = None
    unit: str | None = None
    grants: frozenset[Grant] = field(default_factory=frozenset)
    acting_for: str | None = None
    principal_key: str | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.key == ANONYMOUS_KEY

    def holds(self, permission: str, agency: str | None = None) -> bool:
        """Whether the permission is held at ``agency``, or anywhere at all when none is named."""
        return any(
            grant.permission == permission
            and (agency is None or grant.agency is None or grant.agency == agency)
            for grant in self.grants
        )

    def agencies_for(self, permission: str) -> frozenset[str] | None:
        """Agency codes at which the permission is held; None means all of them."""
        agencies = [grant.agency for grant in self.grants if grant.permission == permission]
        if None in agencies:
            return None
        return frozenset(agency for agency in agencies if agency is not None)


ANONYMOUS_KEY = "anonymous"
ANONYMOUS = Actor(key=ANONYMOUS_KEY, name="民眾")


def system_actor(name: str) -> Actor:
    """The program itself doing a job of that name; it holds no permission."""
    return Actor(key=f"system:{name}", name=f"系統（{name}）")
