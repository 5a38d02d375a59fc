"""Commands of calls."""

from yankao.departments.service.calls.commands.demo import prepare_demo
from yankao.departments.service.calls.commands.simulate import configure, simulate

__all__ = ["configure", "prepare_demo", "simulate"]
