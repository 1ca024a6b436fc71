"""A form that sends a mail to the partner; whoever answers it writes to the visitor."""

from __future__ import annotations

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Flag, Preset, RichText, Text


class ContactForm(Block):
    """Words on one side, the form on the other."""

    type = "contact_form"
    label = N_("Contact form")
    group = N_("Contact")
    icon = "send"
    max_per_page = 1

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    direct = Flag(N_("Show telephone and e-mail beside the form"), default=True)
    note = RichText(
        N_("Note below the form"),
        max=600,
        hint=N_("For example what happens with the data, with a link to your privacy policy."),
    )
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Words beside the form"),
            {
                "title": N_("Write to us"),
                "text": N_("We answer on the same working day, usually within an hour."),
                "direct": True,
            },
        ),
        Preset(N_("The form alone"), {"title": N_("Write to us"), "direct": False, "scheme": "soft"}),
    )
