"""Model fields that keep personal data encrypted (SM4-GCM, see `crypto.personal`)."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from zhujian.foundation.kernel.crypto.personal import decrypt_text, encrypt_text


class EncryptedTextField(models.TextField):
    """Text encrypted in the database and plain in Python. Not searchable: keep a `keyed_hash` column beside it.

    `context` binds the value to its column and must never change once data exists; it defaults to ``app.model.field``.
    """

    def __init__(self, *args: Any, context: str = "", **kwargs: Any) -> None:
        self.context = context
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict]:
        """Name, path and arguments for migrations."""
        name, path, args, kwargs = super().deconstruct()
        if self.context:
            kwargs["context"] = self.context
        return name, path, args, kwargs

    def bound_context(self) -> str:
        """What the ciphertext is bound to."""
        return self.context or f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way to the database."""
        value = super().get_prep_value(value)
        return value if value is None else encrypt_text(value, self.bound_context())

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """Decrypt on the way out."""
        return value if value is None else decrypt_text(value, self.bound_context())

    def get_lookup(self, lookup_name: str) -> Any:
        """Only ``isnull``: every ciphertext is different, so any other comparison would silently find nothing."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: search by its keyed hash")
        return super().get_lookup(lookup_name)


class EncryptedJSONField(EncryptedTextField):
    """A JSON value encrypted as a whole; dates and decimals become text, as `DjangoJSONEncoder` writes them."""

    def get_prep_value(self, value: Any) -> Any:
        """Serialise, then encrypt."""
        if value is None:
            return None
        return super().get_prep_value(json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder))

    def from_db_value(self, value: Any, *args: Any) -> Any:
        """Decrypt, then parse."""
        text = super().from_db_value(value, *args)
        return text if text is None else json.loads(text or "null")

    def to_python(self, value: Any) -> Any:
        """JSON values are Python values already."""
        return value
