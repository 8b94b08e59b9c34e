"""The pure core: events, rules, operations and the fold. Standard library only, no clock, no I/O."""
