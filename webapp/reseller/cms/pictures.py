"""A picture of the media library as a page shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rendition:
    """One size of a picture: width and height in pixels, and the address of its file per format ("webp", "avif")."""

    width: int
    height: int
    addresses: dict[str, str]


@dataclass(frozen=True)
class Picture:
    """A picture in one language. `alt` "" together with `decorative` means that a screen reader passes over it.

    `renditions` are ordered from the narrowest to the widest; `focal_x` and `focal_y` are percents from the left
    and from the top: the point that stays in sight when a frame cuts the picture.
    """

    id: int
    width: int
    height: int
    alt: str
    decorative: bool
    focal_x: int
    focal_y: int
    renditions: tuple[Rendition, ...]

    def srcset(self, format: str) -> str:  # noqa: A002  the HTML word
        """Value of the attribute: "/media/a.webp 320w, /media/b.webp 640w"."""
        return ", ".join(f"{one.addresses[format]} {one.width}w" for one in self.with_format(format))

    def with_format(self, format: str) -> Iterable[Rendition]:  # noqa: A002
        """The sizes that exist in a format."""
        return (one for one in self.renditions if format in one.addresses)

    @property
    def src(self) -> str:
        """For browsers without `srcset`, and for social pictures: the widest WebP."""
        return next((one.addresses["webp"] for one in reversed(self.renditions) if "webp" in one.addresses), "")

    @property
    def place(self) -> str:
        """Classes for `object-position`, in steps of ten percent: "fx-50 fy-20"; "" for the middle."""
        x, y = round(self.focal_x, -1), round(self.focal_y, -1)
        return "" if (x, y) == (50, 50) else f"fx-{x} fy-{y}"
