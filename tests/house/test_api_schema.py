"""Whatever is sent to the API in the shape it documents: an answer, never an accident."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core import NOT_SET

from yankao.base import api

pytestmark = pytest.mark.django_db


def operations() -> list[Any]:
    raw = json.loads(json.dumps(api.build().get_openapi_schema(), default=str))
    schema = schemathesis.openapi.from_dict(raw)
    return [result.ok() for result in schema.get_all_operations()]


@pytest.mark.parametrize("operation", operations(), ids=lambda o: f"{o.method} {o.path}")
@pytest.mark.parametrize("player", ["anonymous", "commission"])
def test_no_shape_breaks_the_api(operation: Any, player: str, client_of: Any) -> None:
    client: Client = client_of(player)

    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def send(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        body = {} if case.body is NOT_SET else {"data": json.dumps(case.body, default=str)}
        answer = client.generic(
            operation.method.upper(),
            quote(case.formatted_path, safe="/%", errors="replace"),
            QUERY_STRING=urlencode(case.query or {}, doseq=True, errors="replace"),
            content_type="application/json",
            **body,
        )
        is_refusal = answer["Content-Type"] == "application/problem+json"  # 503: no index yet
        assert answer.status_code < 500 or is_refusal, (case.formatted_path, case.query, case.body)

    send()


def test_all_operations_are_tried() -> None:
    assert len(operations()) > 15
