"""Log lines are events with fields, on stderr; fields whose names smell of secrets or of letters are blanked."""

import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET_WORDS = (
    "secret",
    "password",
    "token",
    "authorization",
    "cookie",
    "api_key",
    "signature",
    "body",
    "payload",
    "dsn",
)
BLANK = "[hidden]"


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the value of every field whose name contains one of SECRET_WORDS."""
    return {key: BLANK if any(word in key.lower() for word in SECRET_WORDS) else value for key, value in event.items()}


def configure(*, level: str) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING, through which the libraries' lines take the same way."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    to_a_person = sys.stderr is not None and sys.stderr.isatty()
    last = structlog.dev.ConsoleRenderer() if to_a_person else structlog.processors.JSONRenderer()
    final: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not to_a_person:
        final.append(structlog.processors.format_exc_info)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "processors": [*final, last],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would mail the administrators and print each request twice.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django-q": {"level": "WARNING"},
            "uvicorn": {"level": "WARNING"},
        },
    }
