"""The table of observations: partitioned by day of slot, without keys (record.py makes partitions)."""

from django.db import migrations

CREATE = """
CREATE TABLE monitors_observation (
    slot timestamptz NOT NULL,
    duration_ms real,
    monitor_id integer NOT NULL,
    result smallint NOT NULL,
    status_code smallint,
    region text NOT NULL,
    reason text NOT NULL DEFAULT ''
) PARTITION BY RANGE (slot);
CREATE INDEX monitors_observation_slot ON monitors_observation USING brin (slot);
"""


class Migration(migrations.Migration):
    dependencies = [("monitors", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP TABLE monitors_observation")]
