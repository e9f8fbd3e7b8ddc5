from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflow", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("paused_at", None), ("status__in", ("ready", "claimed"))), fields=["county_key", "due"], name="workflow_task_late"
            ),
        ),
    ]
