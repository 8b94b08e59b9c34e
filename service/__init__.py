"""The web process: take in, answer, show. Rules run here to explain an event, never to write."""
