CREATE TABLE "audit_anchors" (
	"chain_id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint NOT NULL,
	"hash" varchar(64) NOT NULL,
	"signed_at" timestamp (3) with time zone NOT NULL,
	"signature" varchar(128) NOT NULL
);
--> statement-breakpoint
-- By hand from here on: only entries that a signed anchor has made superfluous go, and anchors only move on.
CREATE FUNCTION "allow_audit_trim"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF OLD."sequence" <= (SELECT "sequence" FROM "audit_anchors"
		WHERE "chain_id" = coalesce(OLD."organization_id", '00000000-0000-0000-0000-000000000000')) THEN
		RETURN OLD;
	END IF;
	RAISE EXCEPTION 'The audit log is append-only: DELETE on % is refused', TG_TABLE_NAME
		USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
DROP TRIGGER "audit_log_keep" ON "audit_log";
--> statement-breakpoint
CREATE TRIGGER "audit_log_keep" BEFORE DELETE ON "audit_log"
	FOR EACH ROW EXECUTE FUNCTION "allow_audit_trim"();
--> statement-breakpoint
CREATE TRIGGER "audit_anchors_move_on" BEFORE UPDATE ON "audit_anchors"
	FOR EACH ROW WHEN (NEW."sequence" <= OLD."sequence" OR NEW."chain_id" <> OLD."chain_id")
	EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_anchors_keep" BEFORE DELETE ON "audit_anchors"
	FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_anchors_keep_all" BEFORE TRUNCATE ON "audit_anchors"
	FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
