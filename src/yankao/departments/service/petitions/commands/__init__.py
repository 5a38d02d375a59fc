"""Commands of petitions."""

from yankao.departments.service.petitions.commands.demo import prepare_demo

__all__ = ["prepare_demo"]
