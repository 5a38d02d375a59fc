"""What the system announces."""

RECEIVED = "service.dispatch.received"  # case_id
CLOSED = "service.dispatch.closed"  # case_id
