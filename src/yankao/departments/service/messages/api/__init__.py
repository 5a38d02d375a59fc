"""The interface for agencies' other programs: GOV.UK Notify's v2, as its clients speak it."""
