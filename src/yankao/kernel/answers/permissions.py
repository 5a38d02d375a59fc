"""Who sees what could not be answered, and who settles it."""

GAPS = "kernel.answers.gaps"
