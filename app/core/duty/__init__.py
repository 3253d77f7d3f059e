"""Who is on duty when, and why: turns, covers, the ledger. Pure; the file's form is `core/roster.py`."""
