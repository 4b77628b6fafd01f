DROP INDEX "idx_workspace_logs_correlation";--> statement-breakpoint
DROP INDEX "idx_workspace_logs_organization";--> statement-breakpoint
ALTER TABLE "workspace_log_heads" ADD COLUMN "bytes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspace_log_heads" ADD COLUMN "spool" uuid;--> statement-breakpoint
ALTER TABLE "workspace_log_heads" ADD COLUMN "spool_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspace_logs" ADD COLUMN "ends_at_byte" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "idx_workspace_logs_correlation" ON "workspace_logs" USING btree ("organization_id","correlation_id") WHERE "workspace_logs"."correlation_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_workspace_logs_organization" ON "workspace_logs" USING btree ("organization_id","at");