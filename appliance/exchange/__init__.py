"""Live traffic: lines, calls, texts and pushes."""
