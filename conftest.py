"""Fixtures of the whole house; the cast is in tests/cast.py."""

import importlib.util

pytest_plugins = ["tests.cast"] if importlib.util.find_spec("tests.cast") else []
