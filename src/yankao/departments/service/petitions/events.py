"""What the system announces."""

RECEIVED = "service.petitions.received"  # petition_id
ANSWERED = "service.petitions.answered"  # petition_id
CLOSED = "service.petitions.closed"  # petition_id
REASSIGNED = "service.petitions.reassigned"  # petition_id, from_agency, to_agency
DECLINED = "service.petitions.declined"  # petition_id
REOPENED = "service.petitions.reopened"  # petition_id
