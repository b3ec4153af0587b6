"""Form fields of the staff site for collection field kinds that Django has no form field for."""

from typing import Any

import orjson
from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from botcafe.cms.schema.errors import ApiError
from botcafe.cms.schema.fields import FieldSpec
from botcafe.cms.write.field_values import CONVERTERS, FieldValueError
from botcafe.kit.richtext import from_markdown, to_markdown


class CheckedField(forms.CharField):
    """Text that is checked and coerced as the API does it."""

    def __init__(self, spec: FieldSpec, **options: Any) -> None:
        self.spec = spec
        # Not stripped: leading spaces and line breaks matter in prompts.
        super().__init__(required=spec.required, strip=False, empty_value="", **options)

    def clean(self, value: object) -> object:
        """The value to store."""
        if self.spec.required and value in (None, ""):
            raise forms.ValidationError("This field is required.")
        try:
            # The API's own converters, so that staff cannot store what clients could not.
            return CONVERTERS[self.spec.kind](self.spec, value or None)
        except (FieldValueError, ApiError) as error:
            raise forms.ValidationError(str(error)) from error


class MarkdownField(CheckedField):
    """Rich text, written as Markdown and stored as Lexical."""

    def prepare_value(self, value: object) -> object:
        """Show Markdown."""
        return to_markdown(value) if isinstance(value, dict) else value

    def clean(self, value: object) -> object:
        """Store Lexical."""
        if not value:
            return super().clean(value)
        return super().clean(from_markdown(value) if isinstance(value, str) else value)


class ListField(CheckedField):
    """A list, one item on each line."""

    def prepare_value(self, value: object) -> object:
        """Show lines."""
        return "\n".join("" if item is None else str(item) for item in value) if isinstance(value, list) else value

    def clean(self, value: object) -> object:
        """Store a list."""
        return (
            super().clean([line for line in value.splitlines() if line.strip()] if isinstance(value, str) else value)
            or []
        )


class JsonField(CheckedField):
    """Any JSON."""

    def prepare_value(self, value: object) -> object:
        """Show it indented."""
        if value is None or isinstance(value, str):
            return value
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()

    def clean(self, value: Any) -> Any:
        """Store what it means."""
        if not value:
            return [] if self.spec.kind == "rows" else super().clean(None)
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise forms.ValidationError(f"This is not JSON: {error}.") from error


def form_field(column: Any) -> forms.Field | None:
    """The input of a column, or None where Django's own does."""
    spec: FieldSpec | None = getattr(column, "spec", None)
    if spec is None:
        return None
    label = column.name.replace("_", " ")
    area = UnfoldAdminTextareaWidget(attrs={"rows": 6})
    if spec.kind == "richText":
        return MarkdownField(spec, label=label, widget=area, help_text="Markdown.")
    if spec.kind in {"texts", "numbers", "selects"}:
        return ListField(
            FieldSpec(kind=spec.kind, options=spec.options), label=label, widget=area, help_text="One on each line."
        )
    if spec.kind in {"json", "rows"}:
        return JsonField(spec, label=label, widget=area, help_text="JSON.")
    if spec.kind == "select":
        return _select(spec, label)
    if spec.kind == "textarea":
        return CheckedField(spec, label=label, widget=area)
    if spec.kind in {"text", "email", "date"}:
        return CheckedField(spec, label=label, widget=UnfoldAdminTextInputWidget())
    return None


def _select(spec: FieldSpec, label: str) -> forms.Field:
    if spec.is_open:
        return CheckedField(spec, label=label, widget=UnfoldAdminTextInputWidget(), help_text=", ".join(spec.options))
    choices = [("", "–")] if not spec.required else []
    widget = UnfoldAdminSelectWidget(choices=[*choices, *((o, o) for o in spec.options)])
    return CheckedField(spec, label=label, widget=widget)
