"""What the system announces."""

RECEIVED = "service.dispatch.received"  # case_id
CLOSED = "service.dispatch.closed"  # case_id
REASSIGNED = "service.dispatch.reassigned"  # case_id, from_agency, to_agency
CANCELLED = "service.dispatch.cancelled"  # case_id
REOPENED = "service.dispatch.reopened"  # case_id
