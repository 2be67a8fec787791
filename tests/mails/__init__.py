"""Mails: what they say, that they leave, and that none is lost or sent twice."""
