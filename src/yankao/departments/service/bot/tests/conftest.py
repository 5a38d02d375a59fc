"""The tests' shelf of answers, indexed; a browser of nobody."""

from typing import Any

import pytest

from tests.cast import NOW
from yankao.kernel.answers import services
from yankao.kernel.answers.tests.conftest import Shelf, shelf

__all__ = ["shelf"]


@pytest.fixture(autouse=True)
def indexed(db: Any, shelf: Shelf) -> None:
    """Everything in these tests is answered from the shelf."""
    services.rebuild(at=NOW)
