"""Every figure of the platform in one place; figures the page does not give are marked OURS."""

from dataclasses import dataclass


@dataclass
class Limits:
    """Caps, windows and lifetimes; a test may change any of them before or during a story."""

    # Inbound pushes
    push_seconds: float = 2.5
    patience_seconds: float = 10.0  # OURS: how long the sender holds a late connection open, to measure it

    # sessionWebhook and custom robot
    session_seconds: int = 90 * 60
    session_per_minute: int | None = None  # undocumented on the platform: unlimited unless a test sets it
    webhook_bytes: int = 20_000  # OURS: counted over the raw request body ("body" in the newer error text)
    at_people: int = 50
    custom_per_minute: int = 20
    lockout_seconds: int = 600
    attempt_restarts_lockout: bool = False  # unknown 4 of the page: off unless a test asks for it
    sign_skew_seconds: int = 3600

    # OpenAPI
    token_seconds: int = 7200
    qps: int = 20
    msg_param_bytes: int = 15_000
    batch_users: int = 20
    ding_app_people: int = 200
    ding_paid_people: int = 20
    download_code_seconds: int = 3600  # OURS: only "expired" is documented, no lifetime
    download_url_seconds: int = 600  # OURS: only an Expires value is documented

    # Interactive cards
    card_key_bytes: int = 100
    card_value_bytes: int = 1024
    card_seconds: float = 2.0

    # Monthly quota of the standard edition since 2025-11-19
    api_per_month: int = 5000
    webhook_per_month: int = 3000
    session_replies_count: bool = True  # unknown 3 of the page
