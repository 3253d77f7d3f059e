"""Speaks to chat platforms. The platforms' folders do not know each other."""
