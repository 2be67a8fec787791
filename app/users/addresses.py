"""One mailbox, one account: the form under which e-mail addresses are compared."""

import string
import unicodedata

import email_validator
import idna

MAX_LENGTH = 254
KELVIN_SIGN = "\N{KELVIN SIGN}"
ENCODED_WORD = "=?"  # RFC 2047: in a header a mail program, and Python's `email`, would read another text
ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

# A LAN has mailboxes at corp.local; the library names this list as the switch for that.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


class BadAddress(ValueError):
    """Nobody can have this e-mail address; its sentence helps without repeating the address."""

    def __init__(self) -> None:
        super().__init__(
            "This is not an e-mail address: it should look like name@example.com, "
            f"without spaces, in at most {MAX_LENGTH} characters."
        )


def key(address: str) -> str:
    """The form under which one mailbox has one account, in at most 254 bytes of UTF-8.

    Only spellings equal in NFC, but for the case of ASCII letters and the domain's IDNA, share one.

    Raises:
        BadAddress: whatever is wrong with it; never anything else.
    """
    if len(address) > MAX_LENGTH:
        raise BadAddress
    try:
        return _key(address)
    except ValueError:
        raise BadAddress from None


def deliverable(address: str) -> str:
    """The address as SMTP takes it: the mailbox as given, the domain in ASCII (RFC 5891)."""
    return f"{address.rpartition('@')[0]}@{key(address).rpartition('@')[2]}"


def _key(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if ENCODED_WORD in local or any(_stands_for_ascii(character) for character in domain):
        raise BadAddress
    valid = email_validator.validate_email(
        address,
        allow_smtputf8=True,
        allow_empty_local=False,
        allow_quoted_local=False,
        allow_domain_literal=False,
        allow_display_name=False,
        check_deliverability=False,
        test_environment=False,
        globally_deliverable=True,
    )
    folded = f"{_fold(local)}@{valid.ascii_domain}"
    if len(folded.encode()) > MAX_LENGTH:
        raise BadAddress
    return folded


def _stands_for_ascii(character: str) -> bool:
    return not character.isascii() and idna.uts46_remap(character, std3_rules=False).isascii()


def _fold(local: str) -> str:
    # Lower-casing may leave a pair that composes: J and a caron do not, j and a caron do.
    return _compose(_compose(local).translate(ASCII_LOWER))


def _compose(text: str) -> str:
    # NFC itself would make U+212A a K, and so hand one mailbox's account to another.
    return KELVIN_SIGN.join(unicodedata.normalize("NFC", part) for part in text.split(KELVIN_SIGN))
