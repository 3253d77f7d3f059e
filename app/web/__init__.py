"""Listens: webhooks and health for the platforms; metrics, cases and the sandbox for the inside."""
