import django.db.models.deletion
from django.db import migrations, models

# A foreign key that is checked row by row takes as long as writing the deliveries does. They are only written from
# rows that are there (locked against deletion, or new themselves); and who is deleted takes theirs along.
TAKE_ALONG = """
CREATE FUNCTION subscribers_take_deliveries_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM subscribers_delivery d USING gone WHERE d.subscriber_id = gone.id;
    RETURN NULL;
END $$;
CREATE TRIGGER take_deliveries_along AFTER DELETE ON subscribers_subscriber
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION subscribers_take_deliveries_along();
"""
LEAVE = """
DROP TRIGGER take_deliveries_along ON subscribers_subscriber;
DROP FUNCTION subscribers_take_deliveries_along();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0004_staff_lists"),
    ]

    operations = [
        migrations.RunSQL(TAKE_ALONG, LEAVE),
        migrations.AlterField(
            model_name="delivery",
            name="notice",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="subscribers.notice",
                verbose_name="notice",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="subscriber",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="subscribers.subscriber",
                verbose_name="subscriber",
            ),
        ),
    ]
