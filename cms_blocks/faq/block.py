"""Questions and answers that unfold, readable for search engines too (schema.org FAQPage)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Fields, Items, Preset, RichText, Text


class Question(Fields):
    """One question with its answer."""

    question = Text(N_("Question"), max=160, required=True)
    answer = RichText(N_("Answer"), max=2000, required=True)


class Faq(Block):
    """A list of questions."""

    type = "faq"
    label = N_("Questions and answers")
    group = N_("Content")
    icon = "circle-help"
    max_per_page = 1

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    items = Items(N_("Questions"), Question, most=24, required=True)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Questions"),
            {
                "title": N_("Questions"),
                "items": [
                    {
                        "question": N_("What do people ask you first?"),
                        "answer": N_("<p>Answer as you would on the telephone.</p>"),
                    }
                ],
            },
        ),
        Preset(
            N_("Questions about names"),
            {
                "title": N_("Good questions"),
                "items": [
                    {
                        "question": N_("How long does a registration take?"),
                        "answer": N_("<p>Most names are yours a few minutes after the payment has arrived.</p>"),
                    },
                    {
                        "question": N_("What happens when I forget to renew?"),
                        "answer": N_("<p>We write in time. After the last day there is a short time of grace.</p>"),
                    },
                    {
                        "question": N_("May I move my name away?"),
                        "answer": N_(
                            "<p>Yes, at any time. You get the transfer code from us without asking twice.</p>"
                        ),
                    },
                ],
            },
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:  # noqa: ARG003  the parent's signature
        """`questions` without unfinished ones, and `structured` for the search engines."""
        questions = [item for item in data["items"] if item["question"] and item["answer"]]
        return {"questions": questions, "structured": _structured(questions)}


def _structured(questions: list[Data]) -> dict[str, Any]:
    """https://schema.org/FAQPage; answers may hold simple HTML there."""
    entities = [_entity(one["question"], str(one["answer"])) for one in questions]
    return {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": entities}


def _entity(question: str, answer: str) -> dict[str, Any]:
    return {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
