"""Voice in frames of 20 ms: player, recorder, digits, bridge."""
