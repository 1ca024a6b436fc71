"""Messages by channel: written once, sent by a worker. Knows recipients, not accounts."""
