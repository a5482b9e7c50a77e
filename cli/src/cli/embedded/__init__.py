"""Valkey, PostgreSQL and livekit-server; they die with the process that starts them."""
