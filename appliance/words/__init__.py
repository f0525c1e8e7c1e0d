"""Every human sentence, in Chinese and English: ``say(code, language, …)``."""

from appliance.words.catalogue import LANGUAGES, SENTENCES, Language, language_of, say

__all__ = ["LANGUAGES", "SENTENCES", "Language", "language_of", "say"]
