"""Commands of the knowledge base."""

from yankao.departments.service.knowledge.commands.demo import prepare_demo, prepare_year
from yankao.departments.service.knowledge.commands.imports import import_file

__all__ = ["import_file", "prepare_demo", "prepare_year"]
