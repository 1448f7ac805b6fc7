"""What records the same events in the same PostgreSQL as we do: each peer as a client of its own would run it."""
