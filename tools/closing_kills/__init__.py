"""``make kills``: months closed and killed at random moments, then the lake looked at."""
