"""One file per sender: what proves a delivery and what it says. No I/O."""
