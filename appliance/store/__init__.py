"""SQLite through sqlite-utils: one writer, group commit, one repository per aggregate."""
