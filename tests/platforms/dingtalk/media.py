"""Pictures and files that staff send, with a real PNG to start from."""

import base64
from dataclasses import dataclass

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Media:
    """Bytes with a name; the platform hands out codes for them, never the bytes themselves."""

    data: bytes = PNG
    name: str = "screenshot.png"


PICTURE = Media()
