"""Commands of calls."""

from yankao.departments.service.calls.commands.demo import prepare_demo
from yankao.departments.service.calls.commands.imports import import_cdr
from yankao.departments.service.calls.commands.simulate import configure, simulate

__all__ = ["configure", "import_cdr", "prepare_demo", "simulate"]
