"""What senders write, and what must not pass for it."""
