"""Content security policies of the page that frames a letter, and of the letter."""

from postsale.web.frames import LETTER, WITH_FRAME

__all__ = ["LETTER", "WITH_FRAME"]
