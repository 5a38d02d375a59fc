"""What nobody sends in good faith is refused before any page reads it."""

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/dispatch/bulk/", {"number": "\x00", "do": "accept"}),
        ("/dispatch/storm/bulk/", {"number": ["x", "D\x00"], "do": "accept"}),
        ("/report/contact/", {"name": "\x00"}),
    ],
)
def test_nul_in_a_posted_field(client_of: Any, address: str, fields: dict[str, Any]) -> None:
    client = client_of("officer")
    client.raise_request_exception = False
    answer = client.post(address, fields)
    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()
