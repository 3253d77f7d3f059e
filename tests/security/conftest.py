"""The stories' workshop, for looking at what a house lets out."""

from tests.stories.conftest import database_url, surroundings, workshop

__all__ = ["database_url", "surroundings", "workshop"]
