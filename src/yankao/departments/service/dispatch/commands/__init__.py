"""Commands of dispatch."""

from yankao.departments.service.dispatch.commands.demo import prepare_demo
from yankao.departments.service.dispatch.commands.imports import configure_import, run_import

__all__ = ["configure_import", "prepare_demo", "run_import"]
