"""What was sent is changed by nobody; its words can only be erased, once."""

from django.db import migrations

INSTALL = """
CREATE FUNCTION kernel_replies_refuse_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.body = ''
       AND NEW.subject_line = '' AND NEW.letter IS NULL AND NEW.sha256 = OLD.sha256
       AND NEW.reply_id = OLD.reply_id AND NEW.at = OLD.at AND NEW.channel = OLD.channel
       AND NEW.version = OLD.version THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a reply that was sent is never changed'
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER kernel_replies_erasure_only BEFORE UPDATE ON kernel_replies_sentreply
    FOR EACH ROW EXECUTE FUNCTION kernel_replies_refuse_but_erasure();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel_replies", "0001_initial")]

    operations = [
        migrations.RunSQL(INSTALL, "DROP FUNCTION kernel_replies_refuse_but_erasure() CASCADE;"),
    ]
