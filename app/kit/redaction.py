"""The last look at a line before it is written: whatever slipped in that opens something is taken out.

Nobody writes a secret into a log on purpose. This is for what others put into the text of an exception.
"""

import re
from json.encoder import encode_basestring_ascii as quoted
from urllib.parse import parse_qsl, unquote, urlsplit

from config import Config

GONE = "[redacted]"
A_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?")
IN_A_URL = re.compile(r"(?<=://)[^/\s@\"']+(?=@)")
SHORTEST = 6  # a shorter password would be found in innocent words

_secrets: list[str] = []


def init_app(config: Config) -> None:
    """Know the secrets of these settings from now on."""
    said = {config.secret_key, *config.secret_key_fallbacks, config.mail_url.password}
    for url in (config.database_url, config.redis_url):
        parts = urlsplit(url)
        options = {value for name, value in parse_qsl(parts.query) if "password" in name}
        said |= {parts.password or "", unquote(parts.password or ""), *options}
    said |= {quoted(each)[1:-1] for each in said}
    _secrets[:] = sorted((each for each in said if len(each) >= SHORTEST), key=len, reverse=True)


def redacted(line: str) -> str:
    """The line without tokens, without credentials in URLs, and without a secret of the settings."""
    line = without_tokens(line)
    if "://" in line:
        line = IN_A_URL.sub(GONE, line)
    for each in _secrets:
        if each in line:
            line = line.replace(each, GONE)
    return line


def without_tokens(line: str) -> str:
    """The line without anything that looks like one of our tokens."""
    return A_TOKEN.sub(GONE, line) if "eyJ" in line else line
