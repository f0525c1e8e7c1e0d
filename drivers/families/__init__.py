"""What differs between makes of modem: data first, code where they differ."""

from __future__ import annotations

from drivers.families.open import make_modem

__all__ = ["make_modem"]
