"""Benchmarks: planhook against its targets and against what one would write by hand."""
