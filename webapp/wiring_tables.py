"""The tables of wiring.py: what is reached by its dotted name. Pure literals; nothing is imported here."""

#: Blueprints by dotted name. Which door each stands at is written in the blueprint itself.
SURFACES = {
    "shared": "webapp.surfaces.shared.doors.bp",
    "storefront": "webapp.surfaces.storefront.bp",
    "account": "webapp.surfaces.account.bp",
    "frames": "webapp.surfaces.frames.bp",
    "auth": "webapp.surfaces.frames.auth.bp",
    "embed": "webapp.surfaces.frames.loader.bp",
    "sales": "webapp.surfaces.sales.bp",
    "operator": "webapp.surfaces.operator.bp",
    "api": "webapp.surfaces.api.bp",
}

#: Outbox kind -> the task that takes it: (context, lease) -> None.
TASKS = {
    "proforma.activate": "webapp.reseller.orders.activation_tasks.activate_paid",
    "proformas.activate": "webapp.reseller.orders.activation_tasks.activate_many",
    "funds.missing": "webapp.reseller.orders.activation_tasks.tell_missing",
    "mail.send": "webapp.reseller.notifications.tasks.send",
    "media.render": "webapp.reseller.cms.media_tasks.render",
    "media.forget": "webapp.reseller.cms.media_tasks.forget",
    "accounts.password_reset": "webapp.reseller.accounts.tasks.send_password_reset",
    "domain.provision": "webapp.reseller.services.tasks.provision",
    "domain.attention": "webapp.reseller.orders.tasks.tell_attention",
    "line.settle": "webapp.reseller.orders.tasks.settle_line",
    "funds.arrived": "webapp.reseller.orders.tasks.retry_funds",
    "proforma.mail": "webapp.reseller.orders.tasks.send_proforma",
    "invoice.issue": "webapp.reseller.orders.invoicing.issue_automatically",
    "invoices.zip": "webapp.reseller.orders.invoice_files.build",
    "proformas.zip": "webapp.reseller.orders.proforma_files.build",
    "bank.match": "webapp.reseller.orders.bank_tasks.match",
    "gateway.event": "webapp.reseller.orders.online_tasks.event",
    "gateway.refund": "webapp.reseller.orders.online_tasks.refund",
    "gateway.look": "webapp.reseller.orders.online_tasks.look",
    "page.publish": "webapp.reseller.cms.tasks.publish_due",
    "brand.assets": "webapp.reseller.partners.tasks.draw_brand",
    "host.check": "webapp.reseller.partners.host_tasks.check",
    "host.mail": "webapp.reseller.notifications.host_mails.tell_owners",
    "prices.recompute": "webapp.reseller.catalog.tasks.recompute_prices",
}

#: Block type -> its class, in the order in which the editor offers them.
BLOCKS = {
    "hero_search": "cms_blocks.hero_search.block.HeroSearch",
    "search": "cms_blocks.search.block.Search",
    "bulk_search": "cms_blocks.bulk_search.block.BulkSearch",
    "rich_text": "cms_blocks.rich_text.block.Prose",
    "image_text": "cms_blocks.image_text.block.ImageText",
    "tld_prices": "cms_blocks.tld_prices.block.TldPrices",
    "featured_tlds": "cms_blocks.featured_tlds.block.FeaturedTlds",
    "hosting_plans": "cms_blocks.hosting_plans.block.HostingPlans",
    "certificate_products": "cms_blocks.certificate_products.block.CertificateProducts",
    "cards": "cms_blocks.cards.block.Cards",
    "steps": "cms_blocks.steps.block.Steps",
    "columns": "cms_blocks.columns.block.Columns",
    "faq": "cms_blocks.faq.block.Faq",
    "testimonial": "cms_blocks.testimonial.block.Testimonial",
    "call_to_action": "cms_blocks.call_to_action.block.CallToAction",
    "notice": "cms_blocks.notice.block.Notice",
    "gallery": "cms_blocks.gallery.block.Gallery",
    "logo_strip": "cms_blocks.logo_strip.block.LogoStrip",
    "video": "cms_blocks.video.block.Video",
    "contact": "cms_blocks.contact.block.Contact",
    "contact_form": "cms_blocks.contact_form.block.ContactForm",
    "frame": "cms_blocks.frame.block.Frame",
    "ad": "cms_blocks.ad.block.Ad",
    "divider": "cms_blocks.divider.block.Divider",
    "terms": "cms_blocks.terms.block.Terms",
}

#: Daily job -> its function: (context) -> a line for the log. Each must bear being run twice.
PERIODIC = {
    # Names move to expiring, expired, redemption and deleted by the calendar, without anybody asking.
    "age_domains": "webapp.reseller.services.tasks.age_domains",
    # The same for services that people provide; what has ended comes to their task lists.
    "age_services": "webapp.reseller.services.service_states.age_services",
    # What ends soon gets the proforma of its renewal; what has left gets its open one cancelled.
    "renewals": "webapp.reseller.orders.renewal_run.daily",
    # Who has not paid yet hears of it on the days that the partner chose.
    "reminders": "webapp.reseller.orders.reminders.remind",
    # An unknown outcome is asked for again even when its own retries have given up.
    "recheck": "webapp.reseller.services.tasks.recheck",
    # Who watches a taken name is told on the day on which it is free.
    "watched_names": "webapp.reseller.services.watches.ask_for_watched",
    # What nobody can reach any more is personal data without a purpose.
    "forget_carts": "webapp.reseller.desk.housekeeping.forget_carts",
    # Rows from before there were search keys.
    "search_keys": "webapp.reseller.desk.search_job.make_missing",
    "forget_sign_ins": "webapp.reseller.desk.housekeeping.forget_sign_ins",
    # Figures are for comparing a month with the same one of last year and the year before.
    "forget_counts": "webapp.reseller.desk.statistics.forget_counts",
    # Rates, wholesale prices and rules begin on a day; prices follow.
    "rates": "webapp.reseller.catalog.tasks.fetch_rates",
    # A shop that was just opened, and all of them when we draw in another way.
    "draw_missing": "webapp.reseller.partners.tasks.draw_missing",
    # Every few seconds of writing make a version.
    "thin_versions": "webapp.reseller.cms.tasks.thin_versions",
    # A name whose checks have stopped, and names that nobody has wanted back for a quarter of a year.
    "care_for_hosts": "webapp.reseller.partners.host_tasks.care_for_hosts",
    # The tick seals the log every few seconds; this finds what committed very late.
    "seal_log": "webapp.reseller.partners.log_chain.seal_everywhere",
}

#: Kind of document -> who makes its PDF for a mail: (context, id) -> bytes.
PAPERS = {
    "proforma": "webapp.reseller.orders.papers.made",
    "invoice": "webapp.reseller.orders.invoice_papers.made",
    "money": "webapp.reseller.orders.money_papers.for_mail",
}

#: Adapters by the scheme of the address that the settings name; gateways by their own names.
ADAPTERS = {
    "epp": "webapp.providers.registry.epp.EppRegistry",
    "smtp": "webapp.providers.mail.smtp.SmtpMailer",
    "smtps": "webapp.providers.mail.smtp.SmtpMailer",
    "s3": "webapp.providers.storage.s3.S3Storage",
    "install": "webapp.providers.wholesale.install.Install",
    "stripe": "webapp.providers.payments.stripe.Stripe",
    "przelewy24": "webapp.providers.payments.przelewy24.Przelewy24",
}
