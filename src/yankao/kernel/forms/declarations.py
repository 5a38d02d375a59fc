"""What a system tells about closed records people can be asked about. It offers a ``Surveyed``."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from yankao.base import registry


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAbout:
    """One closed record. ``number`` and ``item_name`` name no private person; ``name``, ``phone``
    and ``email`` are personal, read when needed and kept nowhere by who asks. ``language`` as they
    used it ("" = not known)."""

    id: int
    number: str
    agency: str
    item: str
    item_name: str
    channel: str
    name: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""


@runtime_checkable
class Surveyed(Protocol):
    """One kind of record. ``kind`` also has a ``SubjectOffer`` (who may see it)."""

    kind: str
    survey_title: Any

    def closed_between(self, since: datetime, until: datetime) -> Sequence[int]:
        """Ids of what was closed then by an agency's work, in ascending order."""
        ...

    def asked_about(self, ids: Collection[int]) -> Mapping[int, AskedAbout]:
        """Id → the record, reopened meanwhile or not; without those of no agency."""
        ...


def surveyed() -> Mapping[str, Surveyed]:
    """Every offer by its kind, in declared order."""
    return {one.kind: one for one in registry.offers(Surveyed)}
