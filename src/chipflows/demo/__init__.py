"""The demo: a synthetic world, and what the sources would say of it, byte for byte in their own forms."""

from chipflows.demo.generate import generate
from chipflows.demo.planted import planted

__all__ = ["generate", "planted"]
