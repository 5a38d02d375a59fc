"""Who may do what, as pure decisions: roles, where they reach, when they are in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the city. The titles shown to people are in `words.ROLE_TITLES`."""

    CITIZEN = "CITIZEN"
    OFFICER = "OFFICER"
    SUPERVISOR = "SUPERVISOR"
    HEAD = "HEAD"
    COMMISSION = "COMMISSION"
    AUDITOR = "AUDITOR"
    AGENT = "AGENT"
    ADMINISTRATOR = "ADMINISTRATOR"


AGENCY_ROLES = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.HEAD})
EVERYWHERE_ROLES = frozenset({Role.COMMISSION, Role.AUDITOR, Role.AGENT, Role.ADMINISTRATOR})
"""Roles that reach every agency. A citizen's role reaches none: it only opens their own matters."""
