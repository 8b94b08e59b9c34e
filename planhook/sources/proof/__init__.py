"""How a delivery proves where it comes from: one file per family of schemes, checking and signing together."""
