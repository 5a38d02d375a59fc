"""Backup and restore of database, files, lake and, if asked, the secret key, as one thing."""
