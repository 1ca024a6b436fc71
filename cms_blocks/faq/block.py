"""Questions and answers that unfold, readable for search engines too (schema.org FAQPage)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import SCHEMES, Block, Choice, Context, Data, Fields, Items, Preset, RichText, Text


class Question(Fields):
    """One question with its answer."""

    question = Text("Question", max=160, required=True)
    answer = RichText("Answer", max=2000, required=True)


class Faq(Block):
    """A list of questions."""

    type = "faq"
    label = "Questions and answers"
    group = "Content"
    icon = "circle-help"
    max_per_page = 1

    title = Text("Heading", max=100)
    items = Items("Questions", Question, most=24, required=True)
    scheme = Choice("Colours", SCHEMES)

    presets = (Preset("Questions", {"title": "Questions", "items": [{"question": "", "answer": ""}]}),)

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
