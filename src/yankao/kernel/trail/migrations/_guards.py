"""Triggers of the trail: rows may be added, nothing else; every new row waits for its seal.

TRUNCATE is let through only in Django's own test databases (named ``test_…``), whose tables are
emptied between tests; ``SET yankao.guarded = 'on'`` closes it there too.
"""

INSTALL = """
CREATE FUNCTION kernel_trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%'
       AND current_setting('yankao.guarded', true) IS DISTINCT FROM 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on % is forbidden: the trail is only ever added to', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION kernel_trail_refuse_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.entry_id = OLD.entry_id AND OLD.content IS NOT NULL
       AND NEW.content IS NULL AND NEW.salt IS NULL AND NEW.erased_by_id IS NOT NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'personal values of the trail can be erased, not changed'
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION kernel_trail_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel_trail_pending (entry_id) SELECT id FROM fresh;
    RETURN NULL;
END $$;

CREATE TRIGGER kernel_trail_await_seal AFTER INSERT ON kernel_trail_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION kernel_trail_await_seal();
CREATE TRIGGER kernel_trail_erasure_only BEFORE UPDATE ON kernel_trail_personal
    FOR EACH ROW EXECUTE FUNCTION kernel_trail_refuse_but_erasure();
CREATE TRIGGER kernel_trail_no_delete BEFORE DELETE ON kernel_trail_personal
    FOR EACH ROW EXECUTE FUNCTION kernel_trail_refuse();
CREATE TRIGGER kernel_trail_no_truncate BEFORE TRUNCATE ON kernel_trail_personal
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_trail_refuse();
CREATE TRIGGER kernel_trail_no_truncate BEFORE TRUNCATE ON kernel_trail_pending
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_trail_refuse();

CREATE TRIGGER kernel_trail_no_change BEFORE UPDATE OR DELETE ON kernel_trail_entry
    FOR EACH ROW EXECUTE FUNCTION kernel_trail_refuse();
CREATE TRIGGER kernel_trail_no_truncate BEFORE TRUNCATE ON kernel_trail_entry
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_trail_refuse();

CREATE TRIGGER kernel_trail_no_change BEFORE UPDATE OR DELETE ON kernel_trail_seal
    FOR EACH ROW EXECUTE FUNCTION kernel_trail_refuse();
CREATE TRIGGER kernel_trail_no_truncate BEFORE TRUNCATE ON kernel_trail_seal
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_trail_refuse();

CREATE TRIGGER kernel_trail_no_change BEFORE UPDATE OR DELETE ON kernel_trail_check
    FOR EACH ROW EXECUTE FUNCTION kernel_trail_refuse();
CREATE TRIGGER kernel_trail_no_truncate BEFORE TRUNCATE ON kernel_trail_check
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_trail_refuse();
"""

REMOVE = """
DROP FUNCTION kernel_trail_refuse() CASCADE;
DROP FUNCTION kernel_trail_refuse_but_erasure() CASCADE;
DROP FUNCTION kernel_trail_await_seal() CASCADE;
"""
