"""Commands of dispatch."""

from yankao.departments.service.dispatch.commands.demo import prepare_demo
from yankao.departments.service.dispatch.commands.imports import import_file

__all__ = ["import_file", "prepare_demo"]
