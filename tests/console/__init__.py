"""The field console."""
