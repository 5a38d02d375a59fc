"""Pure decisions: what events tell of a call, signatures, staffing."""
