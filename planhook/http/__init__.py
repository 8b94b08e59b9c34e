"""Calling others over HTTP within hard limits; knows nothing of whom."""
