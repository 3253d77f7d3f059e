"""Forgets what need not be kept: old words, pictures, spent bearer addresses."""

from app.flows.desk import Desk
from app.store import cases, conversations, inbound, outbox, pace, pictures


def tidy(desk: Desk) -> None:
    """One small bite; called again and again by the worker."""
    now = desk.clock.now()
    with desk.database.transaction() as session:
        inbound.forget_texts(session, now - desk.keep_messages)
        conversations.forget_states(session, now - desk.keep_messages)
        cases.forget_words(session, now - desk.keep_messages)
        conversations.erase_expired_addresses(session, now)
        outbox.erase_expired_addresses(session, now)
        pictures.forget_expired(session, now)
        pace.forget_past(session, now)
        outbox.forget_finished(session, now - desk.keep_messages)
    desk.database.empty_log()
