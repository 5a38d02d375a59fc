"""A published version is changed and deleted by nobody."""

from django.db import migrations

INSTALL = """
CREATE FUNCTION kernel_forms_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NULL THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'a published version of a form is never changed'
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER kernel_forms_published BEFORE UPDATE OR DELETE ON kernel_forms_formversion
    FOR EACH ROW EXECUTE FUNCTION kernel_forms_refuse_published();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel_forms", "0001_initial")]

    operations = [
        migrations.RunSQL(INSTALL, "DROP FUNCTION kernel_forms_refuse_published() CASCADE;"),
    ]
