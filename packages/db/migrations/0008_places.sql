ALTER TABLE "organizations" ADD COLUMN "lifecycle_policy" jsonb;--> statement-breakpoint
ALTER TABLE "template_pools" ADD COLUMN "schedule" jsonb;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD COLUMN "disk_bytes" bigint;