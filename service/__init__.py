"""The web process: take in, answer, show. No rule runs here."""
