"""One file per sender: what proves a delivery and what it says. No I/O."""

from planhook.sources.proof.field import SCHEMES
from planhook.sources.registry import KINDS, build
from planhook.sources.source import Kind, Source

__all__ = ["KINDS", "SCHEMES", "Kind", "Source", "build"]
