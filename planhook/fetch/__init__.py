"""Completing thin events: what a source's `fetch:` asks of its sender's API."""
