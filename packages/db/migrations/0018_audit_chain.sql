CREATE TABLE "audit_heads" (
	"chain_id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint NOT NULL,
	"hash" varchar(64) NOT NULL,
	"signed_at" timestamp (3) with time zone NOT NULL,
	"signature" varchar(128) NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_log" DROP CONSTRAINT "audit_log_organization_id_organizations_id_fk";
--> statement-breakpoint
DROP INDEX "idx_audit_log_organization";--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "principal_name" varchar(255);--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "subject_name" varchar(255);--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "result" varchar(10) DEFAULT 'done' NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "address" varchar(64);--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "user_agent" varchar(255);--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "sequence" bigint;--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "previous_hash" varchar(64);--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "hash" varchar(64);--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "audit_log_sequence_key" ON "audit_log" USING btree ("organization_id","sequence");--> statement-breakpoint
CREATE INDEX "idx_audit_log_unsealed" ON "audit_log" USING btree ("organization_id","created_at","id") WHERE "audit_log"."sequence" is null;--> statement-breakpoint
CREATE INDEX "idx_audit_log_organization" ON "audit_log" USING btree ("organization_id","created_at","id");