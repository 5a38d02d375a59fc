"""What may be done with suggestions; who holds it is in ``system.py``."""

ASK = "kernel.suggestions.ask"
REPORT = "kernel.suggestions.report"
