"""Every human sentence, in Chinese and English: ``say(code, language, …)``."""

from appliance.words.catalogue import (
    LANGUAGES,
    SENTENCES,
    Language,
    cure,
    language_of,
    said_again,
    say,
)

__all__ = ["LANGUAGES", "SENTENCES", "Language", "cure", "language_of", "said_again", "say"]
