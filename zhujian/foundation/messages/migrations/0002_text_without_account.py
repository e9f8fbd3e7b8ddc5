import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A text may go to somebody without an account."""

    dependencies = [("inbox", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="textmessage",
            name="message",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="sms", to="inbox.message"
            ),
        ),
    ]
