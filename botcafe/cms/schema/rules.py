"""Access rules: which rows a caller reaches, and whether they may create rows. Rules combine with ``|`` and ``&``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.db import models
from django.db.models import Q

from botcafe.cms.query.expressions import AnyListItem
from botcafe.cms.schema.actor import Actor, ActorKind
from botcafe.cms.schema.fields import wire_path
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject, JsonValue

# Which rows: a filter, all of them (True) or none (False).
Rows = Q | bool


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller as rules see it. ``id`` and ``now`` are values, or parameters where a statement is compiled.

    ``fixed`` names the fields that the query itself holds to one value.
    """

    kind: ActorKind
    id: object
    now: object
    fixed: frozenset[str] = frozenset()


def viewer_for(actor: Actor) -> Viewer:
    """The viewer of an actor, with its id and the present time as values."""
    return Viewer(actor.kind, actor.id, now())


class AccessRule:
    """Base of all rules; ``stamps`` names the columns that the server fills with the caller on create."""

    stamps: tuple[str, ...] = ()
    text = "nobody"

    def rows(self, viewer: Viewer) -> Rows:
        """Which rows this viewer reaches."""
        return viewer.kind == "system"

    def may_create(self, actor: Actor) -> bool:
        """Whether this actor may create a row at all."""
        return actor.kind == "system"

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        """The rule as clients see it in ``/api/access``: True, False or a where clause."""
        return self.rows(viewer_for(actor)) is True

    def __or__(self, other: "AccessRule") -> "AccessRule":
        return _Either(self, other)

    def __and__(self, other: "AccessRule") -> "AccessRule":
        return _Both(self, other)


class _Either(AccessRule):
    rules: tuple[AccessRule, ...]

    def __init__(self, *rules: AccessRule) -> None:
        self.rules = tuple(r for rule in rules for r in (rule.rules if isinstance(rule, _Either) else (rule,)))
        self.stamps = tuple(s for rule in self.rules for s in rule.stamps)
        self.text = " or ".join(rule.text for rule in self.rules)

    def rows(self, viewer: Viewer) -> Rows:
        found = [rule.rows(viewer) for rule in self.rules]
        if any(part is True for part in found):
            return True
        parts = [part for part in found if isinstance(part, Q)]
        if not parts:
            return False
        # Joined one by one, because an empty Q() would match every row.
        joined = parts[0]
        for part in parts[1:]:
            joined |= part
        return joined

    def may_create(self, actor: Actor) -> bool:
        return any(rule.may_create(actor) for rule in self.rules)

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        found = [where for rule in self.rules if (where := rule.as_where(model, actor)) is not False]
        if True in found:
            return True
        return False if not found else found[0] if len(found) == 1 else {"or": found}


class _Both(AccessRule):
    rules: tuple[AccessRule, ...]

    def __init__(self, *rules: AccessRule) -> None:
        self.rules = rules
        self.stamps = tuple(s for rule in rules for s in rule.stamps)
        self.text = " and ".join(
            f"({rule.text})" if isinstance(rule, _Either) else rule.text for rule in rules if rule.text
        )

    def rows(self, viewer: Viewer) -> Rows:
        found = [rule.rows(viewer) for rule in self.rules]
        if any(part is False for part in found):
            return False
        joined: Rows = True
        for part in found:
            if isinstance(part, Q):
                joined = joined & part if isinstance(joined, Q) else part
        return joined

    def may_create(self, actor: Actor) -> bool:
        return all(rule.may_create(actor) for rule in self.rules)

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        found = [where for rule in self.rules if (where := rule.as_where(model, actor)) is not True]
        if False in found:
            return False
        return True if not found else found[0] if len(found) == 1 else {"and": found}


class Whole(Protocol):
    """The collection that a part belongs to, as its rules need it."""

    @property
    def model(self) -> type[models.Model]:
        """The table of the whole."""

    def rule(self, verb: str) -> AccessRule:
        """The rule of a verb on the whole."""


class _PartOf(AccessRule):
    def __init__(self, field: str, whole: Whole, verb: str) -> None:
        self.field, self.whole, self.verb = field, whole, verb
        self.text = f"owner of its {field}" if verb == "delete" else f"may {verb} its {field}"

    def rows(self, viewer: Viewer) -> Rows:
        found = self.whole.rule(self.verb).rows(viewer)
        if not isinstance(found, Q):
            return found
        # A join lets the database begin with the whole; only a filter of expressions needs a subquery.
        through = rows_through(self.field, found)
        if through is not None:
            return through
        return Q(**{f"{self.field}__in": self.whole.model._default_manager.filter(found).values("pk")})

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        path = wire_path(model._meta.get_field(self.field))
        return _where_through(path, self.whole.rule(self.verb).as_where(self.whole.model, actor))


def rows_through(field: str, rows: Q) -> Q | None:
    """The filter as it is asked from a part; None where it holds more than lookups by name."""
    children: list[Q | tuple[str, object]] = []
    for child in rows.children:
        if isinstance(child, tuple):
            children.append((f"{field}__{child[0]}", child[1]))
        elif isinstance(child, Q) and (inner := rows_through(field, child)) is not None:
            children.append(inner)
        else:
            return None
    return Q(*children, _connector=rows.connector, _negated=rows.negated)


def _where_through(path: str, where: JsonValue) -> JsonValue:
    if not isinstance(where, dict):
        return where
    return {
        key: [_where_through(path, each) for each in value] if isinstance(value, list) else value
        for name, value in where.items()
        for key in [name if name in {"or", "and"} else f"{path}.{name}"]
    }


class _Nobody(AccessRule):
    pass


class _Anyone(AccessRule):
    text = "anyone"

    def rows(self, viewer: Viewer) -> Rows:
        return True

    def may_create(self, actor: Actor) -> bool:
        return True


class _Admin(AccessRule):
    text = "admin"

    def rows(self, viewer: Viewer) -> Rows:
        return viewer.kind in {"admin", "system"}

    def may_create(self, actor: Actor) -> bool:
        return actor.is_admin


class _Owner(AccessRule):
    def __init__(self, field: str, *, stamp: bool = True) -> None:
        self.field, self.text = field, "owner" if field in {"user", "owner_user"} else field
        self.stamps = (field,) if stamp else ()

    def rows(self, viewer: Viewer) -> Rows:
        if viewer.kind == "system":
            return True
        return Q(**{self.field: viewer.id}) if viewer.kind != "anonymous" else False

    def may_create(self, actor: Actor) -> bool:
        return actor.is_signed_in or actor.kind == "system"

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        # Clients get a filter that they can put into their own where clause, by the names they know.
        name = "id" if self.field == "pk" else wire_path(model._meta.get_field(self.field))
        return {name: {"equals": actor.id}} if actor.is_signed_in else False


class _When(AccessRule):
    def __init__(self, values: JsonObject) -> None:
        self.values = values
        self.text = "public" if "is_public" in values else f"anyone where {' and '.join(values)}"

    def rows(self, viewer: Viewer) -> Rows:
        return Q(**self.values)

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        return {wire_path(model._meta.get_field(k)): {"equals": v} for k, v in self.values.items()}


class _Unless(AccessRule):
    def __init__(self, field: str) -> None:
        self.field, self.text = field, f"anyone where {field} is not off"

    def rows(self, viewer: Viewer) -> Rows:
        return Q(**{self.field: True}) | Q(**{f"{self.field}__isnull": True})

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        return {wire_path(model._meta.get_field(self.field)): {"not_equals": False}}


class _Listed(AccessRule):
    """Rows whose JSON list ``users`` has the caller's id and whose list ``levels`` has the level, until they expire."""

    def __init__(self, users: str, levels: str, level: str, expires: str, locked: str) -> None:
        self.users, self.levels, self.level, self.expires, self.locked = users, levels, level, expires, locked
        self.text = f"shared ({level})"

    def rows(self, viewer: Viewer) -> Rows:
        if viewer.kind == "anonymous" or viewer.id is None:
            return viewer.kind == "system"
        found = Q(AnyListItem(self.users, "=", viewer.id, numeric=True))
        # "admin" includes every other level.
        if self.level != "read":
            found &= Q(AnyListItem(self.levels, "=", self.level)) | Q(AnyListItem(self.levels, "=", "admin"))
        # A row set back to private ends its shares at once, though the lists keep the names.
        if self.locked:
            found &= ~Q(**{self.locked: "private"})
        return found & (Q(**{f"{self.expires}__isnull": True}) | Q(**{f"{self.expires}__gt": viewer.now}))


class Computed(AccessRule):
    """A rule whose rows an area computes: ``rows`` takes the viewer, ``text`` describes it."""

    def __init__(self, text: str, rows: Callable[[Viewer], Rows]) -> None:
        self.text, self._rows = text, rows

    def rows(self, viewer: Viewer) -> Rows:
        """The rows that the area's function computes; the system reaches all."""
        return True if viewer.kind == "system" else self._rows(viewer)


class IndexHint(Computed):
    """A condition that another implies, told to the database because an index serves it: nobody reaches less by it.

    A query that holds the id or ``field`` to one value finds its rows without it.
    """

    def __init__(self, field: str, rows: Callable[[Viewer], Rows]) -> None:
        super().__init__("", rows)
        self.makes_needless = frozenset({"id", field})

    def rows(self, viewer: Viewer) -> Rows:
        """The rows of the hint, or all where the query needs none."""
        return True if viewer.fixed & self.makes_needless else super().rows(viewer)

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        """Clients need no hint."""
        return True


class _WhenSetting(AccessRule):
    def __init__(self, name: str, rule: AccessRule) -> None:
        self.name, self.rule = name, rule
        self.stamps, self.text = rule.stamps, f"{rule.text} (by setting {name})"

    def rows(self, viewer: Viewer) -> Rows:
        return self.rule.rows(viewer) if getattr(settings, self.name) else False

    def may_create(self, actor: Actor) -> bool:
        return bool(getattr(settings, self.name)) and self.rule.may_create(actor)


def nobody() -> AccessRule:
    """Only the system, no client."""
    return _Nobody()


def anyone() -> AccessRule:
    """Every caller, signed in or not."""
    return _Anyone()


def admin() -> AccessRule:
    """Administrators."""
    return _Admin()


def owner(field: str = "user", *, stamp: bool = True) -> AccessRule:
    """The account in ``field``; on create the server writes the caller there."""
    return _Owner(field, stamp=stamp)


def own_account() -> AccessRule:
    """The account itself."""
    return _Owner("pk", stamp=False)


def part_of(field: str, whole: Whole, verb: str) -> AccessRule:
    """Rows whose whole, named by ``field``, the caller may read, update or delete now. Only its owner may delete a whole."""
    return _PartOf(field, whole, verb)


def public_when(**values: Any) -> AccessRule:
    """Everyone, for rows with these values."""
    return _When(values)


def public_unless_off(field: str) -> AccessRule:
    """Everyone, for rows whose checkbox nobody has switched off; one that was never said counts as on."""
    return _Unless(field)


def listed(users: str, levels: str, level: str, expires: str, locked: str = "") -> AccessRule:
    """Those whose id is in the JSON list ``users`` while the share lasts; above reading, ``levels`` must name it."""
    return _Listed(users, levels, level, expires, locked)


def when_setting(name: str, rule: AccessRule) -> AccessRule:
    """The rule, where the installation's setting switches it on."""
    return _WhenSetting(name, rule)
