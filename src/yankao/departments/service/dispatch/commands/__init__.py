"""Commands of dispatch."""

from yankao.departments.service.dispatch.commands.demo import prepare_demo
from yankao.departments.service.dispatch.commands.imports import import_potholes

__all__ = ["import_potholes", "prepare_demo"]
