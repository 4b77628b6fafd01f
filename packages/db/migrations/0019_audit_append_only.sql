-- Against mistakes and injected statements; who may change triggers is noticed by the chain of hashes.
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'The audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
		USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE FUNCTION "allow_audit_seal"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF OLD."sequence" IS NULL AND NEW."sequence" IS NOT NULL AND NEW."hash" IS NOT NULL
		AND to_jsonb(NEW) - ARRAY['sequence', 'previous_hash', 'hash']
			= to_jsonb(OLD) - ARRAY['sequence', 'previous_hash', 'hash'] THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'The audit log is append-only: UPDATE on % is refused', TG_TABLE_NAME
		USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "audit_log_seal_only" BEFORE UPDATE ON "audit_log"
	FOR EACH ROW EXECUTE FUNCTION "allow_audit_seal"();
--> statement-breakpoint
CREATE TRIGGER "audit_log_keep" BEFORE DELETE ON "audit_log"
	FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_log_keep_all" BEFORE TRUNCATE ON "audit_log"
	FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_heads_keep" BEFORE DELETE ON "audit_heads"
	FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_heads_keep_all" BEFORE TRUNCATE ON "audit_heads"
	FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
