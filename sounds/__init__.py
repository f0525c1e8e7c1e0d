"""The default prompts."""
