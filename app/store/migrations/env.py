"""Alembic's entry: runs on the connection that `app.store.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

from app.store import tables

assert tables  # registers the tables' metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
