-- What the triggers of the audit log call. Replaced as a whole after every migration.

CREATE OR REPLACE FUNCTION statuspage_audit_add(
    action text, thing text, key text, label text, before jsonb, after jsonb
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO statuspage_auditentry (at, actor, actor_id, origin, action, thing, key, label, before, after)
    VALUES (
        clock_timestamp(),
        left(coalesce(current_setting('statuspage.actor', true), ''), 150),
        nullif(current_setting('statuspage.actor_id', true), '')::bigint,
        -- A hand at the database's own prompt says there what it is.
        left(coalesce(nullif(current_setting('statuspage.origin', true), ''),
            current_setting('application_name', true), ''), 100),
        action, left(thing, 60), left(coalesce(key, ''), 60), left(coalesce(label, ''), 250), before, after
    );
$$;

-- A value as the log may keep it: secrets are dots, also those inside of settings and of addresses in them.
CREATE OR REPLACE FUNCTION statuspage_audit_shown(name text, value jsonb, hidden text[])
RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN value IN ('null', '""', '[]', '{}') THEN value
        WHEN name = ANY (hidden) THEN '"•••"'
        WHEN jsonb_typeof(value) = 'object' THEN (
            SELECT jsonb_object_agg(inner_name, CASE
                WHEN inner_name ~* 'passw|secret|token|authorization|api_?key|credential' THEN '"•••"'
                WHEN jsonb_typeof(inner_value) = 'string' THEN to_jsonb(regexp_replace(inner_value #>> '{}',
                    '([?&][^=&#]*(?:passw|secret|token|auth|key|sig)[^=&#]*=)[^&#]+', '\1•••', 'gi'))
                ELSE inner_value END)
            FROM jsonb_each(value) AS settings (inner_name, inner_value))
        ELSE value END;
$$;

-- Arguments: the column of the key; then, separated by commas, columns that name a row, that are left out,
-- that are hidden.
CREATE OR REPLACE FUNCTION statuspage_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    left_out text[] := string_to_array(TG_ARGV[2], ',');
    hidden text[] := string_to_array(TG_ARGV[3], ',');
    old_row jsonb := '{}';
    new_row jsonb := '{}';
    named jsonb;
    label text;
    before jsonb;
    after jsonb;
    action text := lower(TG_OP);
BEGIN
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD) - left_out; END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW) - left_out; END IF;
    SELECT jsonb_object_agg(name, statuspage_audit_shown(name, value, hidden)) INTO before
        FROM jsonb_each(old_row) AS columns (name, value)
        WHERE value IS DISTINCT FROM new_row -> name
        AND (TG_OP = 'UPDATE' OR value NOT IN ('null', '""', '[]', '{}'));
    SELECT jsonb_object_agg(name, statuspage_audit_shown(name, value, hidden)) INTO after
        FROM jsonb_each(new_row) AS columns (name, value)
        WHERE value IS DISTINCT FROM old_row -> name
        AND (TG_OP = 'UPDATE' OR value NOT IN ('null', '""', '[]', '{}'));
    IF TG_OP = 'UPDATE' AND after IS NULL THEN
        RETURN NULL;
    END IF;
    -- Django notes there when an account signed in.
    IF TG_TABLE_NAME = 'auth_user' AND TG_OP = 'UPDATE' AND after - 'last_login' = '{}' THEN
        action := 'login';
        before := NULL;
        after := NULL;
    END IF;
    named := CASE WHEN TG_OP = 'DELETE' THEN old_row ELSE new_row END;
    SELECT named ->> name INTO label FROM unnest(string_to_array(TG_ARGV[1], ',')) WITH ORDINALITY
        AS names (name, place) WHERE coalesce(named ->> name, '') <> '' ORDER BY place LIMIT 1;
    PERFORM statuspage_audit_add(action, TG_TABLE_NAME::text, named ->> TG_ARGV[0], label, before, after);
    RETURN NULL;
END
$$;

-- What the admin wrote down in words (an export, a delivery tried again) changes no row of ours.
CREATE OR REPLACE FUNCTION statuspage_audit_act() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    thing text;
BEGIN
    -- Words alone: a list of fields is what the triggers of the tables have said already.
    IF NEW.change_message = '' OR NEW.change_message LIKE '[%' THEN
        RETURN NULL;
    END IF;
    SELECT app_label || '_' || model INTO thing FROM django_content_type WHERE id = NEW.content_type_id;
    PERFORM statuspage_audit_add('act', coalesce(thing, ''), NEW.object_id, '', NULL, jsonb_build_object(
        'message', regexp_replace(regexp_replace(NEW.change_message,
            '[^[:space:]@=<]+(@|%40)[^[:space:]@&>]+', '•••@•••', 'gi'),
            'https?://[^[:space:]]+', '•••', 'gi')));
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION statuspage_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is never changed: entries are added, and none is taken away.';
END
$$;
