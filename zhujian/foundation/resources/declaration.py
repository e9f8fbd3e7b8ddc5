"""`Resource`: what a module says once about one of its registers; everything else follows (design, principle 1).

Read `docs/resources.md` for the page that explains it by example.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.gis.db.models import GeometryField
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction

from zhujian.foundation.kernel import access, scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.kernel.registry import Module, modules
from zhujian.foundation.resources.fields import NEVER_WRITTEN, Field, Validator, bind
from zhujian.foundation.resources.kinds import Choices, Kind
from zhujian.foundation.resources.links import Shape


class Share(enum.Enum):
    """How a data resource may be shared between departments."""

    OPEN = "无条件共享"
    CONDITIONAL = "有条件共享"
    NONE = "不予共享"


class Update(enum.Enum):
    """How often a data resource is brought up to date."""

    REALTIME = "实时"
    DAILY = "每日"
    MONTHLY = "每月"
    QUARTERLY = "每季度"
    YEARLY = "每年"
    IRREGULAR = "不定期"


@dataclass(frozen=True)
class Catalogue:
    """Entry of the 数据资源目录. `condition` says when a conditionally shared resource is given out."""

    share: Share = Share.CONDITIONAL
    condition: str = ""
    update: Update = Update.IRREGULAR
    basis: str = ""


@dataclass(frozen=True)
class Layer:
    """The resource on the map: its geometry, from which zoom, and the coded field that colours it.

    `height` and `depth` name fields in metres (extrusion above, position below the ground); `underground` layers are shown with the
    ground see-through. A `thin` layer shows fewer features far out, each standing for those around it. `group` is the heading in the
    layer tree (default: the module's title). `offline` layers are kept by the field app. `sums` names the number fields that make
    sense added up (areas, lengths, money); they are added in the statistics of a drawn shape. `themes` names further number fields
    that one may colour by; tiles and items carry them. Layers `at_first` are on when the one map is opened.
    """

    geometry: str
    min_zoom: int = 10
    colour_by: str = ""
    title: str = ""
    height: str = ""
    thin: bool = True
    group: str = ""
    underground: bool = False
    depth: str = ""
    offline: bool = False
    sums: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    at_first: bool = False


@dataclass(frozen=True)
class Group:
    """Fields under one heading, on the detail page and in the form."""

    title: str
    fields: tuple[str, ...]

    def __init__(self, title: str, *fields: str) -> None:
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "fields", fields)


@dataclass(frozen=True)
class Action:
    """A button on the detail page that leads to one of the module's own views.

    `url` names a route that takes the record's id; `access` is its row ``(resource, action)``; `when` decides by the record.
    """

    title: str
    url: str
    access: tuple[str, str]
    style: str = ""
    when: Callable[[Any], bool] | None = None


OPERATIONS = ("view", "create", "change", "import", "export", "reveal")


class Resource:
    """Base of every declaration. Subclass it in a module's ``resources.py`` with a `model`; that registers it.

    Which operations exist is read from the module's ``access.csv``: what no role may do is not offered at all.
    """

    model: ClassVar[type[models.Model]]
    title: ClassVar[str] = ""  # default: the model's verbose name
    name: ClassVar[str] = ""  # default: the class name without "Resource", in snake case
    label: ClassVar[str] = ""  # the field people know a record by; default: name, title, no or code
    columns: ClassVar[tuple[str, ...]] = ()
    search: ClassVar[tuple[str, ...]] = ()
    filters: ClassVar[tuple[str, ...]] = ()
    sorts: ClassVar[tuple[str, ...]] = ()
    order: ClassVar[str] = "-id"
    groups: ClassVar[tuple[Group, ...]] = ()
    form: ClassVar[tuple[str, ...]] = ()  # default: every writable field of the groups
    labels: ClassVar[Mapping[str, str]] = {}
    units: ClassVar[Mapping[str, str]] = {}
    money: ClassVar[tuple[str, ...]] = ()
    code_lists: ClassVar[Mapping[str, str | Choices]] = {}
    tags: ClassVar[Mapping[str, dict[str, str]]] = {}
    kinds: ClassVar[Mapping[str, Kind]] = {}
    masked: ClassVar[Mapping[str, Callable[[str], str]]] = {}
    hashed: ClassVar[Mapping[str, tuple[str, str]]] = {}  # encrypted field -> (column of its keyed hash, purpose of the hash)
    cleaners: ClassVar[Mapping[str, Callable[[str], str]]] = {}
    validators: ClassVar[Mapping[str, Sequence[Validator]]] = {}
    examples: ClassVar[Mapping[str, str]] = {}  # for the import template
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # names a field goes by in other people's files
    elevations: ClassVar[tuple[str, ...]] = ()  # fields in metres above the 1985 datum; an import converts other datums
    ends: ClassVar[tuple[str, str] | tuple[()]] = ()  # links to the points a line runs between: a file may leave its geometry out
    datum: ClassVar[str] = ""  # the field that says in which height datum the survey was made
    natural_key: ClassVar[tuple[str, ...]] = ()
    key_in_county: ClassVar[bool] = False  # the natural key counts within one county, that of the row's region
    on_duplicate: ClassVar[str] = "refuse"  # when importing a known natural key: refuse, update or skip
    layer: ClassVar[Layer | None] = None
    catalogue: ClassVar[Catalogue | None] = None
    processes: ClassVar[tuple[str, ...]] = ()
    actions: ClassVar[tuple[Action, ...]] = ()
    begins: ClassVar[tuple[Action, ...]] = ()  # buttons of the list: the module's own way to begin a record; `url` takes nothing
    related: ClassVar[tuple[str, ...] | None] = None  # keys of resources listed under a record; default: all that refer to it
    empty: ClassVar[str] = ""  # what to do when nothing is registered yet
    page_size: ClassVar[int] = 50
    own_page: ClassVar[str] = ""  # route of the module's own page for one record, when it has a better one than the generated
    module: ClassVar[Module]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "model" not in cls.__dict__:
            return
        from zhujian.foundation.resources import registry

        home = max((m for m in modules() if (cls.__module__ + ".").startswith(m.package + ".")), key=lambda m: len(m.package))
        cls.module = home
        cls.name = cls.name or re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__.removesuffix("Resource")).lower()
        cls.title = cls.title or str(cls.model._meta.verbose_name)
        registry.add(cls())

    # What a module may override ------------------------------------------------------------------------------------

    def check(self, values: dict[str, Any], record: models.Model | None) -> list[Reason]:
        """Reasons that concern several fields at once. `values` by field name; `record` is None when creating."""
        return []

    def parties(self, values: dict[str, Any]) -> list[str]:
        """Party keys of a new record, besides the firm or person who registers it."""
        return []

    def complete(self, record: models.Model) -> None:
        """Give a new, unsaved record what its form may leave empty (a number, a code), before it is judged and before it is saved."""

    def create(self, values: dict[str, Any]) -> models.Model:
        """Save a new record from checked `values`. Override to call the module's own service."""
        from zhujian.foundation.resources import writing

        with transaction.atomic():  # a refusal of `stored` takes the row back
            record = writing.insert(self, values)
            self.stored([record])
        return record

    def stored(self, records: list[models.Model]) -> None:
        """After new rows are stored, one by one or in bulk, in their transaction: give numbers and whatever else the module gives."""

    def change(self, record: models.Model, values: dict[str, Any], expected: int | None) -> models.Model:
        """Save checked `values` onto `record` if it still has version `expected`; Conflict otherwise."""
        from zhujian.foundation.resources import writing

        return writing.update(self, record, values, expected)

    def imported(self, created: list[models.Model], updated: list[models.Model]) -> None:
        """After a bulk import, in its transaction: publish events or record evidence for many rows at once."""

    # What follows --------------------------------------------------------------------------------------------------

    @property
    def key(self) -> str:
        """``<module>.<resource>``: its name in access.csv, in URLs and in subjects."""
        return f"{self.module.code}.{self.name}"

    @property
    def path(self) -> str:
        """``<module>/<resource>`` as it stands in URLs."""
        return f"{self.module.code}/{self.name}"

    @property
    def own_create(self) -> bool:
        """Whether the module saves new records itself (an import then calls it row by row)."""
        return type(self).create is not Resource.create

    @property
    def table(self) -> str:
        """Quoted table."""
        return f'"{self.model._meta.db_table}"'

    @property
    def scoped(self) -> bool:
        """Whether rows have a region, parties and a version under row-level security."""
        return issubclass(self.model, ScopedModel)

    def offers(self, operation: str) -> bool:
        """Whether any role at all may do `operation`; routes exist only for these."""
        if operation in ("create", "change", "import") and not self.form_names:
            return False
        return bool(access.roles_for(self.key, operation)) and (operation != "reveal" or bool(self.masked))

    def may(self, operation: str) -> bool:
        """Whether the current actor may do `operation`."""
        return self.offers(operation) and access.allowed(self.key, operation)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every field the declaration names, in order of first mention."""
        names = [*self.columns, *(n for g in self.groups for n in g.fields), *self.form, *self.filters, *self.search, *self.sorts]
        names += [*self.natural_key, *self.masked, *(self.layer_names if self.layer else [])]
        if self.label:
            names.append(self.label)
        return {name: bind(self, name) for name in dict.fromkeys(names) if name != "id"}

    @property
    def layer_names(self) -> list[str]:
        """Fields that the layer names."""
        said = self.layer
        return [n for n in (said.geometry, said.colour_by, said.height, said.depth, *said.sums) if n] if said else []

    def field(self, name: str) -> Field:
        """The field `name`; KeyError when the declaration does not mention it."""
        return self.fields[name]

    def pick(self, names: Iterable[str]) -> list[Field]:
        """Fields called `names`."""
        return [self.fields[name] for name in names]

    @cached_property
    def form_names(self) -> tuple[str, ...]:
        """Fields a person fills in, in order."""
        names = self.form or tuple(name for group in self.sections for name in group.fields)
        return tuple(name for name in names if self.fields[name].editable)

    @cached_property
    def sections(self) -> tuple[Group, ...]:
        """Declared groups; one group with all columns when none is declared."""
        return self.groups or (Group("基本信息", *self.columns),)

    @cached_property
    def label_name(self) -> str:
        """Field that names a record to people."""
        return self.label or label_of(self.model)

    @cached_property
    def shape(self) -> Field | None:
        """The geometry shown on maps, if any."""
        if self.layer:
            return self.fields[self.layer.geometry]
        return next((field for field in self.fields.values() if isinstance(field.kind, Shape)), None)

    def verify(self) -> None:
        """Raise ImproperlyConfigured when the declaration contradicts itself or the model."""

        def wrong(message: str) -> None:
            raise ImproperlyConfigured(f"{self.key}: {message}")

        if not self.columns:
            wrong("columns is empty")
        if bad := set(self.sorts) - set(self.columns) - {"id"}:
            wrong(f"sorts names what is no column: {sorted(bad)}")
        if self.on_duplicate not in ("refuse", "update", "skip"):
            wrong(f"on_duplicate is {self.on_duplicate!r}")
        if bad := {name for name in self.form if name in NEVER_WRITTEN}:
            wrong(f"form names what only the platform writes: {sorted(bad)}")
        if self.layer and not isinstance(self.model._meta.get_field(self.layer.geometry), GeometryField):
            wrong(f"layer: {self.layer.geometry} is no geometry")
        _ = self.fields, self.form_names


def label_of(model: type[models.Model]) -> str:
    """The field people know a record of `model` by: its first field called name, title, no or code, else the key."""
    names = {field.name for field in model._meta.concrete_fields}
    return next((name for name in ("name", "title", "no", "code", "username") if name in names), model._meta.pk.name)


def own_keys() -> list[str]:
    """Party keys a new record of the current actor must carry to stay visible to its maker (firms and residents)."""
    who = scope.current()
    if who.kind in ("enterprise", "resident"):
        firm = [key for key in who.keys if key.startswith("org:")]
        return firm or [key for key in who.keys if key.startswith("person:")]
    return []
