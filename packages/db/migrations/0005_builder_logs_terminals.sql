CREATE TABLE "checkpoints" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"user_id" uuid,
	"name" varchar(100) NOT NULL,
	"snapshot_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "screenshots" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"picture" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP INDEX "idx_workspace_logs_correlation";--> statement-breakpoint
DROP INDEX "idx_workspace_logs_organization";--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "cost_micros" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD COLUMN "asleep_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workspace_log_heads" ADD COLUMN "bytes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspace_log_heads" ADD COLUMN "spool" uuid;--> statement-breakpoint
ALTER TABLE "workspace_log_heads" ADD COLUMN "spool_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspace_logs" ADD COLUMN "ends_at_byte" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_snapshot_id_workspace_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."workspace_snapshots"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "screenshots" ADD CONSTRAINT "screenshots_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "screenshots" ADD CONSTRAINT "screenshots_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_checkpoints_organization" ON "checkpoints" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_checkpoints_user" ON "checkpoints" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_checkpoints_snapshot" ON "checkpoints" USING btree ("snapshot_id");--> statement-breakpoint
CREATE UNIQUE INDEX "checkpoints_name_key" ON "checkpoints" USING btree ("project_id","name");--> statement-breakpoint
CREATE INDEX "idx_screenshots_project" ON "screenshots" USING btree ("project_id","created_at");--> statement-breakpoint
CREATE INDEX "idx_screenshots_organization" ON "screenshots" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_workspace_logs_correlation" ON "workspace_logs" USING btree ("organization_id","correlation_id") WHERE "workspace_logs"."correlation_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_workspace_logs_organization" ON "workspace_logs" USING btree ("organization_id","at");