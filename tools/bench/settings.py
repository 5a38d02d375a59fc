"""The house's settings, and two empty answers to compare with."""

from yankao.site.settings import *  # noqa: F403

ROOT_URLCONF = "tools.bench.empty"
