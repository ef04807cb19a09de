"""Settings for processes of which only the coming and going is tested: their drain is `beat_once`.

Its tasks are short, so that workers are idle most of the time: then kill -9 hits django-q2 hardest (RELIABILITY F1).
"""

from postsale.settings import *  # noqa: F403 -- that is what settings modules do

POSTSALE_DRAIN = "tests.postsale.service.quick_task.beat_once"
POSTSALE_DEMO = False
