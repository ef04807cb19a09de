"""The catalogue's labels, as sentences and explanations want them."""

from workflows.catalog.fields import CUSTOM, field_at
from workflows.catalog.names import carrier_name, channel_name
from workflows.catalog.phrasing import CLAIMS, HAPPENINGS, QUANTIFIED
from workflows.catalog.triggers import trigger_of
from workflows.engine.sentences import PlainVocabulary


class CatalogVocabulary(PlainVocabulary):
    """Labels of fields, their choices and event types; what the catalogue doesn't know is said by its key."""

    def field(self, path: str) -> str:
        field = field_at(path)
        if field is not None and field.reads == "items":
            return f"{QUANTIFIED.get(path.split('.')[1], QUANTIFIED['any'])} {_of_item(field.label)}"
        if field is not None:
            return field.phrase
        if path.startswith(CUSTOM):
            return f"the custom field “{path.removeprefix(CUSTOM).replace('_', ' ')}”"
        return super().field(path)

    def claim(self, path: str) -> str:
        return CLAIMS[path][0] if path in CLAIMS else super().claim(path)

    def denial(self, path: str) -> str:
        return CLAIMS[path][1] if path in CLAIMS else super().denial(path)

    def happening(self, path: str) -> tuple[str, str, str] | None:
        return HAPPENINGS.get(path)

    def value(self, path: str, value: str) -> str:
        """The label of a choice, the name of a carrier or channel; free text stays as it was written."""
        if path in _NAMED:
            return _NAMED[path](value)
        field = field_at(path)
        return dict(field.choices).get(value, value) if field is not None else value

    def trigger(self, event_type: str) -> str:
        trigger = trigger_of(event_type)
        return trigger.phrase if trigger is not None else super().trigger(event_type)


def _of_item(label: str) -> str:
    """Such as "SKU" or "name", without saying "item" twice."""
    return label.removeprefix("Item ")


_NAMED = {"parcel.carrier": carrier_name, "order.sales_channel": channel_name}
VOCABULARY = CatalogVocabulary()
