"""The catalogue's labels, as sentences and explanations want them."""

from workflows.catalog.fields import CUSTOM, field_at
from workflows.catalog.triggers import trigger_of
from workflows.engine.sentences import PlainVocabulary


class CatalogVocabulary(PlainVocabulary):
    """Labels of fields, their choices and event types; what the catalogue doesn't know is said by its key."""

    def field(self, path: str) -> str:
        field = field_at(path)
        if field is not None:
            return field.phrase
        if path.startswith(CUSTOM):
            return "the custom field " + path.removeprefix(CUSTOM).replace("_", " ")
        return super().field(path)

    def claim(self, path: str) -> str:
        field = field_at(path)
        return field.claim if field is not None and field.kind == "bool" else super().claim(path)

    def value(self, path: str, value: str) -> str:
        """The label of a choice; free text stays as it was written."""
        field = field_at(path)
        return dict(field.choices).get(value, value) if field is not None else value

    def trigger(self, event_type: str) -> str:
        trigger = trigger_of(event_type)
        return trigger.phrase if trigger is not None else super().trigger(event_type)


VOCABULARY = CatalogVocabulary()
