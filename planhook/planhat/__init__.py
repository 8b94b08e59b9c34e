"""Planhat: its dialect (wire, task), and the one place that calls it (client)."""
