from django.db import migrations

from zhujian.foundation.kernel.memory import stamp_trigger


class Migration(migrations.Migration):
    """Classes are kept in memory by every process."""

    dependencies = [
        ("kernel", "0001_initial"),
        ("classification", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            stamp_trigger("classification", "classification_scheme", "classification_classitem"),
            "DROP TRIGGER zj_stamp ON classification_scheme; DROP TRIGGER zj_stamp ON classification_classitem;",
        ),
    ]
