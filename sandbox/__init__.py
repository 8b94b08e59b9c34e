"""A Planhat look-alike: its task endpoints over HTTP, its traps, and faults on demand."""
