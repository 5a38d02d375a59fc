"""What the knowledge base announces."""

PUBLISHED = "service.knowledge.published"
"""entry_id: a version is in force from now on."""
WITHDRAWN = "service.knowledge.withdrawn"
"""entry_id: it is not shown any more, or merged into another."""
