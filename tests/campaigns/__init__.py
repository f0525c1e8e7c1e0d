"""Long seeded runs; the suite runs a short one of each."""
