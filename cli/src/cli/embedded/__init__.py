"""Valkey and PostgreSQL with pgvector, from wheels; they die with the process that starts them."""
