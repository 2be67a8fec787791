"""Tokens that chance has bent: none counts but the very ones that were issued, and nothing stumbles."""
