"""The API door for outside software. No cookies: each request brings its own proof."""

from . import wholesale
from .blueprint import bp

__all__ = ["bp", "wholesale"]
