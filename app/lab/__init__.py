"""Tries: ask, eval, replay, check. Tools over the very same core and flows; nothing of production imports them."""
