"""Mails: queued with the change they tell of, sent from the outbox until they have left."""
