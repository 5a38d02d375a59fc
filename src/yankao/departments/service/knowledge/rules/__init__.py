"""Pure decisions of the knowledge base, by topic."""
