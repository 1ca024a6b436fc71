"""One kind of page, whose body is a StreamField of the same parts as our page."""

from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtailcache.cache import WagtailCacheMixin


class Item(blocks.StructBlock):
    """A card, a step, a question, a quotation."""

    title = blocks.CharBlock(required=False)
    text = blocks.TextBlock(required=False)
    body = blocks.RichTextBlock(required=False)


class Section(blocks.StructBlock):
    """Any part that has a heading, words, a link or two, and perhaps items."""

    look = blocks.CharBlock()
    scheme = blocks.CharBlock(required=False)
    title = blocks.CharBlock(required=False)
    text = blocks.TextBlock(required=False)
    body = blocks.RichTextBlock(required=False)
    link = blocks.CharBlock(required=False)
    label = blocks.CharBlock(required=False)
    items = blocks.ListBlock(Item())
    markup = blocks.RawHTMLBlock(required=False)

    class Meta:
        template = "section.html"


class Hero(blocks.StructBlock):
    """The large search."""

    title = blocks.CharBlock()
    text = blocks.TextBlock(required=False)
    placeholder = blocks.CharBlock(required=False)

    class Meta:
        template = "hero.html"


class Price(blocks.StructBlock):
    """An ending with its amounts for one, two, three, five and ten years, as text."""

    ending = blocks.CharBlock()
    first = blocks.ListBlock(blocks.CharBlock())
    then = blocks.ListBlock(blocks.CharBlock())
    transfer = blocks.CharBlock(required=False)


class Prices(blocks.StructBlock):
    """The table of prices."""

    title = blocks.CharBlock()
    text = blocks.TextBlock(required=False)
    rows = blocks.ListBlock(Price())

    class Meta:
        template = "prices.html"


class SitePage(WagtailCacheMixin, Page):
    """A page of the site."""

    body = StreamField([("section", Section()), ("hero", Hero()), ("prices", Prices())])
    content_panels = [*Page.content_panels, FieldPanel("body")]
    template = "site_page.html"

    def get_context(self, request):
        """Besides the page, its menu: what is in it stands in the tree of pages."""
        root = self.get_site().root_page
        return super().get_context(request) | {"menu": root.get_children().live().in_menu()}
