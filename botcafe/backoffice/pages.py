"""The Django admin page of a collection: list, filters and form, derived from its declaration."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin, TabularInline

from botcafe.areas.accounts.audit import record_admin_action, shown_changes
from botcafe.backoffice.fields import form_field
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.errors import ApiError, ValidationFailed
from botcafe.cms.schema.rules import viewer_for
from botcafe.cms.write.write_operations import create_document, delete_by_id, update_by_id
from botcafe.kit.json_types import JsonObject

FLAT = Query({"depth": "0"})
SHOWN_OF_HIDDEN = ("user", "owner_user", "created_at", "updated_at")
"""All that staff see of a row whose words are not for them, beside its number (decision 0005)."""
FILTER_OPERATORS = {"exact", "isnull"}
SHORT_KINDS = {"text", "email", "select", "number", "checkbox", "date"}


class CollectionAdmin(ModelAdmin):  # type: ignore[misc]
    """The page of one collection.

    What people wrote in private (the rule of reading leaves out admins) is not shown to staff: they see that a row is
    there, whose it is and when it was made, and may delete it.
    """

    of: Collection[Any]
    list_per_page = 50
    # Counting all rows of a large table at every page is slow on PostgreSQL.
    show_full_result_count = False
    compressed_fields = True
    actions: ClassVar[list[str]] = ["delete_selected"]

    def __init__(self, model: Any, site: admin.AdminSite) -> None:
        shown = self._columns_for_list()
        self.list_display = shown or ("id", "created_at")
        self.list_filter = self._filters()
        # A search over hidden text would reveal it by guessing.
        self.search_fields = () if self.of.is_hidden_from_staff else (*self._text_columns(), "=id")
        # A select box would load every row of the related table.
        self.raw_id_fields = tuple(f.name for f in self.of.columns.values() if f.is_relation)
        self.exclude = tuple(dict.fromkeys(self._hidden_columns(model)))
        self.readonly_fields = self._fixed(model)
        self.inlines = [] if self.of.is_hidden_from_staff else self._inlines()
        self.ordering = ("-id",)
        super().__init__(model, site)

    def _columns_for_list(self) -> tuple[str, ...]:
        if self.of.is_hidden_from_staff:
            return ("id", *(name for name in SHOWN_OF_HIDDEN if name in self._column_names()))
        if self.of.list_display:
            return ("id", *self.of.list_display)
        short = [f.name for f in self.of.columns.values() if f.spec.kind in SHORT_KINDS and not f.spec.secret]
        return ("id", *[n for n in short if n not in {"created_at", "updated_at"}][:5], "created_at")

    def _column_names(self) -> set[str]:
        return {f.name for f in self.of.columns.values()}

    def _filters(self) -> tuple[str, ...]:
        if self.of.is_hidden_from_staff:
            return ()
        return tuple(f.name for f in self.of.columns.values() if f.spec.kind in {"select", "checkbox"})[:5]

    def _text_columns(self) -> tuple[str, ...]:
        if self.of.search_fields:
            return self.of.search_fields
        found = [f.name for f in self.of.columns.values() if f.spec.kind in {"text", "email"} and not f.spec.secret]
        return tuple(found[:4])

    def _hidden_columns(self, model: Any) -> list[str]:
        """Columns that staff never see: secrets, sign-in columns, and what is private."""
        wired = {f.name: f.spec for f in self.of.columns.values()}
        hidden = [f.name for f in model._meta.concrete_fields if f.name not in wired and not f.primary_key]
        hidden += [name for name, face in wired.items() if face.secret]
        if self.of.is_hidden_from_staff:
            hidden += [name for name in wired if name not in SHOWN_OF_HIDDEN]
        return hidden

    def _fixed(self, model: object) -> tuple[str, ...]:
        if self.of.is_hidden_from_staff:
            return tuple(f.name for f in self.of.columns.values() if f.name not in self.exclude)
        return ("created_at", "updated_at")

    def _inlines(self) -> list[type[TabularInline]]:
        found = [_inline(f.link, "parent", ("target",), f.name) for f in self.of.many.values()]
        for path in self.of.children:
            child = self.of.child_model(path)
            relations = tuple(f.name for f in child._meta.concrete_fields if f.is_relation and f.name != "parent")
            found.append(_inline(child, "parent", relations, path))
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the collection, read as the system."""
        rows = self.of.visible_to(SYSTEM)
        return rows.order_by(*self.ordering)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list's own filters ask; Django takes any lookup of a local column, and so lets it be guessed."""
        name, _, operator = lookup.rpartition("__")
        return lookup in self.list_filter or (name in self.list_filter and operator in FILTER_OPERATORS)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> forms.Field | None:
        """The form field of a column: ours where the kind has one, else Django's."""
        made = form_field(db_field)
        if made is not None:
            return made
        found: forms.Field | None = super().formfield_for_dbfield(db_field, request, **options)
        if found is not None and hasattr(db_field, "spec"):
            found.required = db_field.spec.required and not isinstance(db_field, models.BooleanField)
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By the rule of the collection; accounts are made by sign-up, files by upload, private rows by their owner."""
        is_made_elsewhere = self.of.is_auth or self.of.is_upload or self.of.is_hidden_from_staff
        return bool(super().has_add_permission(request)) and not is_made_elsewhere and self.of.allows_staff("create")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """By the rule of the collection; a log that nobody changes stays evidence here too."""
        return bool(super().has_change_permission(request, obj)) and self.of.allows_staff("update")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """By the rule of the collection; private rows too, whose owner could delete them (decision 0005)."""
        may_clear = self.of.is_hidden_from_staff and self.of.delete.rows(viewer_for(Actor("user", 0))) is not False
        return bool(super().has_delete_permission(request, obj)) and (may_clear or self.of.allows_staff("delete"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row with the time of the change."""
        from botcafe.kit.instants import now

        if self.of.is_auth:
            # Through the collection, so that its hooks end what the old address opened, and tell it.
            update_by_id(self.of, SYSTEM, obj.pk, _changed_values(self.of, form), FLAT)
            return
        if self.of.is_written_by_hooks:
            values = _changed_values(self.of, form)
            if change:
                update_by_id(self.of, SYSTEM, obj.pk, values, FLAT)
            else:
                obj.pk = create_document(self.of, SYSTEM, values, FLAT)["id"]
            return
        obj.updated_at = now()
        super().save_model(request, obj, form, change)

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """The form, with what a hook of the collection refuses in words above it; nothing of it is stored then."""
        try:
            return super().changeform_view(request, *args, **options)
        except ApiError as error:
            return self._refused(request, error)

    def delete_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """The question before a deletion, with what a hook refuses in words above it."""
        try:
            return super().delete_view(request, *args, **options)
        except ApiError as error:
            return self._refused(request, error)

    def changelist_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """The list, with what a hook refuses of an action on several rows in words above it."""
        try:
            return super().changelist_view(request, *args, **options)
        except ApiError as error:
            return self._refused(request, error)

    def _refused(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        problems = error.problems if isinstance(error, ValidationFailed) else []
        messages.error(request, " ".join(problem.message for problem in problems) or error.message)
        return HttpResponseRedirect(request.get_full_path())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """One's own address is changed on the account page, which asks for the present password."""
        is_own = self.of.is_auth and obj is not None and obj.pk == request.user.pk
        return (*self.readonly_fields, "email") if is_own else tuple(self.readonly_fields)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete through the collection, so that its hooks remove what belongs to the row."""
        delete_by_id(self.of, SYSTEM, obj.pk, FLAT)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete several rows, all or none."""
        with transaction.atomic():
            # One by one and not queryset.delete(), which would skip the collection's hooks.
            for number in list(queryset.values_list("pk", flat=True)):
                delete_by_id(self.of, SYSTEM, number, FLAT)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django's own message, with the values before and after for the audit log."""
        message = super().construct_change_message(request, form, formsets, add)
        before = {} if add else {name: form.initial.get(name) for name in form.changed_data}
        after = {name: form.cleaned_data.get(name) for name in form.changed_data}
        return [{"values": shown_changes(self.of, before, after)}, *message]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Record the creation in the audit log."""
        record_admin_action(request.user.pk, "create", self.of.slug, obj.pk, message[0]["values"])

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Record the change in the audit log, with the values before and after."""
        record_admin_action(request.user.pk, "update", self.of.slug, obj.pk, message[0]["values"])

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Record the deletions in the audit log, with what was deleted."""
        for obj in queryset:
            before = {f.attname: getattr(obj, f.attname) for f in self.of.columns.values()}
            record_admin_action(request.user.pk, "delete", self.of.slug, obj.pk, shown_changes(self.of, before, {}))


def _changed_values(of: Collection[Any], form: Any) -> JsonObject:
    """What a form changes, as a body of the API."""
    given = {wire: form.cleaned_data[f.name] for wire, f in of.columns.items() if f.name in form.changed_data}
    return {wire: value.pk if isinstance(value, models.Model) else value for wire, value in given.items()}


def _inline(model: Any, parent: str, relations: tuple[str, ...], title: str) -> type[TabularInline]:
    space = {
        "model": model,
        "fk_name": parent,
        "extra": 0,
        "raw_id_fields": relations,
        "verbose_name_plural": title.replace("_", " "),
    }
    return type(f"{model.__name__}Inline", (TabularInline,), space)
