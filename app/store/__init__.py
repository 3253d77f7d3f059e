"""Remembers: SQLModel tables, one file a noun, and the files that people keep."""
