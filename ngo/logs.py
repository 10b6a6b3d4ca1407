"""Keeps out of the logs what opens a page by itself: the tokens of calendar feeds and of invitations."""

import logging
import re

TOKEN = re.compile(r"(/(?:calendar|invitation)/)(?!feeds/)[^\s/?\"']+")


class HideTokens(logging.Filter):
    """Writes … in the place of a token, wherever an address stands in a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        hidden = TOKEN.sub(r"\1…", said)
        if hidden != said:
            record.msg, record.args = hidden, ()
        return True
