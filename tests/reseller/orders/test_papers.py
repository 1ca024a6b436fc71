"""The paper of a proforma (H-35, H-36): everything stands on it, in each language, and no text becomes markup."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.selling import SELLER, Shop
from webapp.foundation import i18n
from webapp.foundation.db import change
from webapp.providers.errors import ProviderError
from webapp.reseller.billing import paper_data
from webapp.reseller.billing.models import Proforma
from webapp.reseller.billing.operations import LineDraft, ProformaDraft, issue_proforma
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import papers
from webapp.reseller.partners.models import Partner

HOSTILE = '#import "x" *b* $m$ `c` <img> @a \\u{0} [ #{ // é Ő Ș Ť Ľ ß'
PARTY = {"name": HOSTILE, "organisation": "Spółka " * 20, "street": "S" * 90, "postcode": "1", "city": HOSTILE,
         "country": "HU", "tax_id": HOSTILE, "email": "a@b.example", "phone": ""}  # fmt: skip


def paper(shop: Shop, document: Proforma, locale: str = "pl") -> paper_data.Paper:
    document.locale = locale
    with shop.scope(), shop.database.reading() as session:
        return papers.proforma_paper(session, document)


def test_h_35_four_parties_items_account_and_period_stand_on_it(shop: Shop) -> None:
    with shop.scope(), shop.database.writing() as session:
        iban = {"iban": "PL61109010140000071219812874", "bank_name": "Bank"}
        change(session, Partner, Partner.id == shop.partner.id, **iban)
    document = shop.order("one.com")
    data = paper(shop, document, "en").data
    assert [label for label, _ in data["parties"]] == ["Issuer", "Buyer", "Payer", "Correspondence address"]
    assert all(lines for _, lines in data["parties"])
    rows = dict(data["pay"]["rows"])
    assert rows["Account number"].replace("\u00a0", "") == "PL61109010140000071219812874"
    assert (rows["Transfer title"], data["pay"]["amount"]) == (document.number, "PLN\u00a049.99")
    assert data["pay"]["code"]
    assert data["link"]["url"].endswith(f"/pay/{document.pay_token}")
    [[_, what, *_]] = data["lines"]
    assert (what[0], what[2].count("–")) == ("one.com", 1)
    assert any("not a VAT invoice" in note for note in data["notes"])


@pytest.mark.parametrize("locale", i18n.SUPPORTED)
def test_sixty_items_of_anything_make_a_paper_in_each_language(shop: Shop, locale: str) -> None:
    lines = tuple(LineDraft("free", "", HOSTILE, "x" * 63 + f"{n}.com", 0, 999 + n, 2300) for n in range(60))
    with shop.scope(), shop.database.writing() as session:
        draft = ProformaDraft(shop.subscriber.account_id, "renewal", locale, lines, PARTY, PARTY, PARTY, HOSTILE)
        document = issue_proforma(session, SELLER, draft)
    made = paper(shop, shop.proforma(document.id), locale)
    assert made.pdf().startswith(b"%PDF-")
    assert len(made.data["lines"]) == 60


def test_the_mail_brings_the_paper_that_is_made_when_it_is_sent(shop: Shop) -> None:
    document = shop.order("one.com")
    with shop.scope(), shop.database.reading() as session:
        stored = [each for message in session.query(Message) for each in message.attachments]
    assert [each["made"] for each in stored if each.get("made")] == [f"proforma:{document.id}"]
    shop.work()
    [mail] = [each for each in shop.worker.mailer.sent if document.number in each.subject]
    [file] = [each for each in mail.attachments if each.type == "application/pdf"]
    assert (file.name, file.data[:5]) == (f"{document.number.replace('/', '-')}.pdf", b"%PDF-")


def test_a_storage_that_is_away_costs_the_logo_and_not_the_paper(shop: Shop) -> None:
    class Away:
        def get(self, key: str) -> bytes | None:
            raise ProviderError("away", permanent=False)

        def put(self, key: str, content: bytes) -> None: ...
        def put_file(self, key: str, file: Path) -> None: ...
        def read(self, key: str) -> Iterator[bytes] | None: ...
        def delete(self, key: str) -> None: ...

    sheet = papers.with_logo(paper(shop, shop.order("one.com")), "logo.png", Away())
    assert not sheet.data["logo"]
    assert sheet.pdf().startswith(b"%PDF-")
