"""Field types of blocks: each says what it takes, stores plain JSON, and gives a template what it may print.

`clean` is for what somebody typed (raises FieldError with a sentence); `read` is for what is stored and never raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from webapp.foundation.i18n import N_

from . import richtext

Json = Any
Data = dict[str, Json]
#: Errors of a form: path ("items.2.answer") -> error.
Errors = dict[str, "FieldError"]


class FieldError(ValueError):
    """What is wrong with a value: `message` is a msgid, `params` fill it."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params


class Field:
    """One value of a block. `label` and `hint` are msgids. A required field may wait in a draft, not in publishing."""

    def __init__(self, label: str, *, required: bool = False, default: Json = None, hint: str = "") -> None:
        self.label = label
        self.required = required
        self.hint = hint
        self.name = ""  # set by Fields
        self._default = default

    def default(self) -> Json:
        """The stored value of a field that nobody has filled."""
        return self._default

    def clean(self, raw: Json) -> Json:
        """The value to store. Raises FieldError."""
        raise NotImplementedError

    def is_empty(self, value: Json) -> bool:
        """Is there nothing to show?"""
        return value in (None, "", [])

    def read(self, stored: Json) -> Json:
        """The value for a template. What cannot be read any more becomes the default."""
        try:
            return self.clean(stored)
        except FieldError:
            return self.default()

    def references(self, stored: Json, kind: type[Reference]) -> set[int]:  # noqa: ARG002  most fields name no row
        """Numbers of rows that a stored value names."""
        return set()

    def errors_of(self, value: Json, publish: bool) -> Errors:
        """What is missing or wrong in a cleaned value, by path below this field."""
        if publish and self.required and self.is_empty(value):
            return {self.name: FieldError(N_("Fill this in."))}
        return {}


class Text(Field):
    """Plain text of at most `max` characters; one line, or several with `multiline`."""

    def __init__(self, label: str, *, max: int, multiline: bool = False, **options: Any) -> None:  # noqa: A002
        super().__init__(label, **{"default": "", **options})
        self.max = max
        self.multiline = multiline

    def clean(self, raw: Json) -> str:
        """Without control characters and outer spaces."""
        text = _tidy(_string(raw), self.multiline)
        if len(text) > self.max:
            raise FieldError(N_("At most %(max)s characters; this has %(length)s."), max=self.max, length=len(text))
        return text


class RichText(Field):
    """Paragraphs, headings, lists and links, as sanitised HTML; `max` counts the characters of the text."""

    def __init__(self, label: str, *, max: int, **options: Any) -> None:  # noqa: A002
        super().__init__(label, **{"default": "", **options})
        self.max = max

    def clean(self, raw: Json) -> str:
        """HTML with allowed tags only. Very long input is refused before it is parsed."""
        html = _string(raw)
        if len(html) > 10 * self.max + 1000:
            raise FieldError(N_("This text is much too long: at most %(max)s characters."), max=self.max)
        cleaned = richtext.clean(html)
        length = len(richtext.plain(cleaned))
        if length > self.max:
            raise FieldError(N_("At most %(max)s characters; this has %(length)s."), max=self.max, length=length)
        return cleaned if length else ""

    def read(self, stored: Json) -> Json:
        """Markup, sanitised once more."""
        return richtext.shown(stored if isinstance(stored, str) else "")


class Choice(Field):
    """One of a few: `options` maps stored values to labels (msgids). The first is the default."""

    def __init__(self, label: str, options: Mapping[str, str], **more: Any) -> None:
        super().__init__(label, **{"default": next(iter(options)), **more})
        self.options = dict(options)

    def clean(self, raw: Json) -> str:
        """A key of `options`."""
        if not isinstance(raw, str) or raw not in self.options:
            raise FieldError(N_("Choose one of the list."))
        return raw


class Number(Field):
    """A whole number between `least` and `most`."""

    def __init__(self, label: str, *, least: int, most: int, default: int, **options: Any) -> None:
        super().__init__(label, default=default, **options)
        self.least = least
        self.most = most

    def clean(self, raw: Json) -> int:
        """From a number or its digits."""
        digits = str(raw).strip() if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
        if not re.fullmatch(r"-?[0-9]{1,9}", digits) or not self.least <= int(digits) <= self.most:
            raise FieldError(N_("Type a number from %(least)s to %(most)s."), least=self.least, most=self.most)
        return int(digits)


class Flag(Field):
    """Yes or no."""

    def __init__(self, label: str, *, default: bool = False, **options: Any) -> None:
        super().__init__(label, default=default, **options)

    def clean(self, raw: Json) -> bool:
        """A ticked box sends "1" or "on", an unticked one nothing."""
        return raw in (True, "1", "on", "true")


class Link(Field):
    """A path on this shop, an https address or an e-mail link."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, **{"default": "", **options})

    def clean(self, raw: Json) -> str:
        """The address, or "" for none."""
        href = _string(raw).strip()
        if href and not is_link(href):
            raise FieldError(N_("Type a path that begins with / or an address that begins with https://."))
        return href


class Anchor(Text):
    """A name by which a link reaches a place on the page: "/pl/#how"."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, max=40, **options)

    def clean(self, raw: Json) -> str:
        """Small letters, digits and hyphens, or "" for none."""
        name = super().clean(raw)
        if name and not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise FieldError(N_("Use small letters, digits and hyphens."))
        return name


class Reference(Field):
    """The number of a row of this partner; None for none. Whether the row exists is asked when the page is made."""

    def clean(self, raw: Json) -> int | None:
        """From a number or its digits."""
        if raw in (None, "", 0, "0"):
            return None
        digits = str(raw).strip() if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
        if not re.fullmatch(r"[0-9]{1,15}", digits):
            raise FieldError(N_("Choose one of the list."))
        return int(digits)

    def references(self, stored: Json, kind: type[Reference]) -> set[int]:
        """Its own number, when the field is of that kind."""
        number = self.read(stored) if isinstance(self, kind) else None
        return {number} if number else set()


class MediaPicture(Reference):
    """A picture of the media library: a template shows `context.pictures.get(data.<name>)`, which may be None."""


class TldGroup(Reference):
    """A group of endings; None is the shop's default one. Offers: `context.offers_of(data.<name>)`."""


class Fields:
    """A group of fields, in the order in which they are written in the class."""

    fields: ClassVar[dict[str, Field]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls.fields = {**cls.fields, **own}
        for name, field in own.items():
            field.name = name

    @classmethod
    def references(cls, stored: Mapping[str, Json], kind: type[Reference]) -> set[int]:
        """Numbers that stored data name in fields of a kind, those inside lists too."""
        found: set[int] = set()
        for name, field in cls.fields.items():
            found |= field.references(stored.get(name), kind)
        return found

    @classmethod
    def defaults(cls) -> Data:
        """Stored data of a new, empty group."""
        return {name: field.default() for name, field in cls.fields.items()}

    @classmethod
    def clean(cls, raw: Mapping[str, Json], publish: bool = False) -> tuple[Data, Errors]:
        """(data to store, errors by path). Fields that nobody sent keep their default; unknown ones are left out."""
        data, errors = cls.defaults(), Errors()
        for name, field in cls.fields.items():
            if name in raw or isinstance(field, Flag):
                data[name], wrong = _clean_one(field, raw.get(name), publish)
                errors.update(wrong)
            else:
                errors.update(field.errors_of(data[name], publish))
        return data, errors

    @classmethod
    def read(cls, stored: Mapping[str, Json]) -> Data:
        """Every field's value for a template; missing and broken ones are the default."""
        return {name: f.read(stored[name] if name in stored else f.default()) for name, f in cls.fields.items()}


def _clean_one(field: Field, raw: Json, publish: bool) -> tuple[Json, Errors]:
    """What was typed stays in the data even when it is wrong, so that a form can show it again."""
    try:
        value = field.clean(raw)
    except FieldError as error:
        return (raw if isinstance(raw, str) else field.default()), {field.name: error}
    return value, field.errors_of(value, publish)


class Items(Field):
    """A list of equal groups: questions, steps, cards."""

    def __init__(self, label: str, of: type[Fields], *, most: int = 24, **options: Any) -> None:
        super().__init__(label, **options)
        self.of = of
        self.most = most

    def default(self) -> Json:
        """A new empty list each time."""
        return []

    def clean(self, raw: Json) -> list[Data]:
        """Cleaned groups. Raises FieldError for too many; errors inside come from `errors_of`."""
        rows = [row for row in raw if isinstance(row, Mapping)] if isinstance(raw, list) else []
        if len(rows) > self.most:
            raise FieldError(N_("At most %(most)s entries."), most=self.most)
        return [self.of.clean(row)[0] for row in rows]

    def references(self, stored: Json, kind: type[Reference]) -> set[int]:
        """What its groups name."""
        rows = stored if isinstance(stored, list) else []
        return set().union(*(self.of.references(row, kind) for row in rows[: self.most] if isinstance(row, Mapping)))

    def read(self, stored: Json) -> list[Data]:
        """Groups for a template, at most `most`."""
        rows = stored if isinstance(stored, list) else []
        return [self.of.read(row) for row in rows[: self.most] if isinstance(row, Mapping)]

    def errors_of(self, value: Json, publish: bool) -> Errors:
        """Errors of the list and, by "name.index.field", of its groups."""
        errors = super().errors_of(value, publish)
        for index, row in enumerate(value):
            inner = self.of.clean(row, publish)[1]
            errors.update({f"{self.name}.{index}.{path}": error for path, error in inner.items()})
        return errors


def is_link(href: str) -> bool:
    """A path of our own host ("/pl/page/about"), a place on the page, https, http, mailto or tel."""
    if len(href) > 500 or any(ord(char) < 33 or char == "\\" for char in href):
        return False
    try:
        urlsplit(href)  # "https://[" is no address
    except ValueError:
        return False
    return bool(re.match(r"(/(?!/)|#|https?://[^/]|mailto:.|tel:\+?[0-9])", href))


def _string(raw: Json) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str):
        raise FieldError(N_("This must be text."))
    return raw


def _tidy(text: str, multiline: bool) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    kept = "\n" if multiline else ""
    return "".join(char if unicodedata.category(char) != "Cc" or char in kept else " " for char in text).strip()
