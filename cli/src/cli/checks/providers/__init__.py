"""`parley doctor --providers`: one tiny real call to each provider, for each thing it does."""
