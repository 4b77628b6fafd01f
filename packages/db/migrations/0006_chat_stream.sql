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
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_snapshot_id_workspace_snapshots_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."workspace_snapshots"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_checkpoints_organization" ON "checkpoints" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_checkpoints_user" ON "checkpoints" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_checkpoints_snapshot" ON "checkpoints" USING btree ("snapshot_id");--> statement-breakpoint
CREATE UNIQUE INDEX "checkpoints_name_key" ON "checkpoints" USING btree ("project_id","name");