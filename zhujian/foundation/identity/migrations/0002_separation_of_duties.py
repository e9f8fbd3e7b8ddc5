"""三员分立 in the database: a post's duty is its account's duty, so one account can never hold two of them."""

from django.db import migrations

FORWARD = """
ALTER TABLE identity_post ADD CONSTRAINT identity_post_one_duty
  FOREIGN KEY (account_id, duty_class) REFERENCES identity_account (id, duty_class) DEFERRABLE INITIALLY IMMEDIATE;
"""


class Migration(migrations.Migration):
    """Adds the composite foreign key."""

    dependencies = [("identity", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "ALTER TABLE identity_post DROP CONSTRAINT identity_post_one_duty")]
