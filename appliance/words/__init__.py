"""Every human sentence, in Chinese and English."""
